#!/usr/bin/env bash
# No control attribute is listed, so cp -a and rsync -X do not copy them.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M"

control L description text
mkdir systems/vm01
control systems/vm01 host example
sample L/BUILD/CP/sample
for object in . L L/BUILD L/DELTA L/BUILD/CP L/BUILD/CP/sample/text systems/vm01 BASE; do
	equal "$(getfattr -d -m csmfs "$object")" '' "what getfattr -d lists of $object"
done
cp -a L/BUILD/CP "$T/copy"
equal "$(getfattr -R -d -m csmfs "$T/copy")" '' 'attributes copied'
rsync -aHAX L/BUILD/CP/ "$T/copy-2/"
equal "$(getfattr -R -d -m csmfs "$T/copy-2")" '' 'attributes copied by rsync'
