#!/usr/bin/env bash
# In a directory whose whiteout was removed, rm in DELTA takes back a change of its only file.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M/L"

rm -r BUILD/CP/etc
rm DELTA/CP/etc
echo changed > BUILD/CP/etc/profile
equal "$(ls DELTA/CP/etc)" profile 'names in DELTA'
rm DELTA/CP/etc/profile
same_tree "$M/BASE/BUILD" BUILD
