#!/usr/bin/env bash
# trusted.overlay.opaque=y on a directory in DELTA takes the base's entries out of BUILD.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M/L"

mkdir DELTA/CP DELTA/CP/lib
echo new > DELTA/CP/lib/new
equal "$(ls BUILD/CP/lib | xargs)" 'new one two' 'names before'
setfattr -n trusted.overlay.opaque -v y DELTA/CP/lib
equal "$(ls BUILD/CP/lib | xargs)" new 'names after'
equal "$(cat DELTA/CP/lib/new)" new 'the file of this level'
rm -r DELTA/CP/lib
same_tree "$M/BASE/BUILD" BUILD
