#!/usr/bin/env bash
# rm of a whiteout in DELTA shows the base's file or directory in BUILD again.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M/L"

rm BUILD/CP/lib/one
rm -r BUILD/CP/etc
[ ! -e BUILD/CP/etc/profile ] || fail 'the directory is still there'
rm DELTA/CP/lib/one DELTA/CP/etc
same_tree "$M/BASE/BUILD" BUILD
equal "$(control "$M/L" digest)" "$(control "$M/BASE" digest)" digest
