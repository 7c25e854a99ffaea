#!/usr/bin/env bash
# Two locks within a second are two lines, and thousands of refused files push none of them out.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"

for value in on off on off on; do
	control "$M/L" lock "$value"
done
mkdir "$T/many"
(cd "$T/many" && seq 12000 | xargs touch)
! cp -r "$T/many/." "$M/L/BUILD/CP/" 2> /dev/null || fail 'a locked level was written'
equal "$(grep -c ' lock L ok' "$M/.csmfs/log")" 3 'lines of locks'
equal "$(grep -c ' unlock L ok' "$M/.csmfs/log")" 2 'lines of unlocks'
[ "$(grep -c ' create L/BUILD/CP/.* refused LEVEL_LOCKED' "$M/.csmfs/log")" -ge 100 ] || fail 'no refusals in the log'
[ "$(grep -c refused "$M/.csmfs/log")" -lt 5000 ] || fail 'the log is full of refusals'
