#!/usr/bin/env bash
# df and stat -f tell the size of the store and the longest name.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
mkdir "$M/L" "$M/L/BUILD/CP"
cd "$M/L/BUILD/CP"

equal "$(stat -f -c %l .)" 255 'name length'
[ "$(stat -f -c %b .)" -gt 0 ] || fail 'no blocks'
[ "$(stat -f -c %a .)" -gt 0 ] || fail 'no blocks free'
df . > /dev/null
