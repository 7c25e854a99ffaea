#!/usr/bin/env bash
# rm in DELTA takes a change back: BUILD shows the base's file again, content, mode and owner.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M/L"

echo changed > BUILD/CP/program
chmod 600 BUILD/CP/lib/one
chown 5:6 BUILD/CP/lib/two
setfattr -n user.note -v x BUILD/CP/etc/profile
rm DELTA/CP/program
equal "$(cat BUILD/CP/program)" 'CP program' 'content'
rm DELTA/CP/lib/one DELTA/CP/lib/two DELTA/CP/etc/profile
same_tree "$M/BASE/BUILD" BUILD
