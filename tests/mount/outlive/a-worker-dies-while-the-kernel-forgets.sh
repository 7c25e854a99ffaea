#!/usr/bin/env bash
# Names change in BUILD and in DELTA of one directory at once, so that the kernel forgets names in a directory whose
# lock is held by callers that wait for the worker. A worker that is killed meanwhile dies all the same, and the
# next one serves.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"
. "$ROOT/tests/support/outlive.sh"

new_store
mount_store
base_locked
mkdir "$M/L" "$M/L/BUILD/CP/both"
: >"$M/L/DELTA/CP/both/first"

change()
{
	while [ ! -e "$T/end" ]; do
		mkdir "$1" || true
		rmdir "$1" || true
	done
} 2>>"$T/said"

changers=()
for i in 1 2 3; do
	change "$M/L/BUILD/CP/both/build$i" &
	changers+=($!)
	change "$M/L/DELTA/CP/both/delta$i" &
	changers+=($!)
done
deaths "${KILLS:-25}"
answers "$M"
touch "$T/end"
wait "${changers[@]}"
rmdir "$M/L/BUILD/CP/both"/build? "$M/L/BUILD/CP/both"/delta? 2>/dev/null || true
equal "$(ls "$M/L/BUILD/CP/both")" first 'what is left'
unmount_store
fsck.csmfs -n "$STORE"
