#!/usr/bin/env bash
# Files removed from an opaque directory in DELTA do not let the base's through; rm -r of it brings all back.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M/L"

rm -r BUILD/CP/lib
mkdir BUILD/CP/lib
echo mine > BUILD/CP/lib/one
echo mine > BUILD/CP/lib/new
rm DELTA/CP/lib/one
equal "$(ls BUILD/CP/lib)" new 'names in BUILD'
equal "$(ls DELTA/CP/lib)" new 'names in DELTA'
rm -r DELTA/CP/lib
same_tree "$M/BASE/BUILD" BUILD
equal "$(digest .)" "$(digest "$M/BASE")" digest
