#!/usr/bin/env bash
# The power goes at any moment of a load of writers and level operations, and of the writes that
# no sync had covered the disk has none, all, the first ones, or any sectors of any of them; of
# names that were made, renamed or removed likewise. Then fsck is clean, every acknowledged
# write and level operation is there, each level operation whole or not at all, and the
# store can be worked with. Every third time the power goes again while the store is opened.
#
# The load runs once, on a disk that logs what it is asked for; a cut is a place in that log.
# CUTS=1000 cuts as often (36; under sanitizers 8), SEED=N takes other places.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"
. "$ROOT/tests/support/crash_load.sh"
. "$ROOT/tests/support/power_disk.sh"

case $BUILD in */asan* | */tsan*) cuts=${CUTS:-8} ;; *) cuts=${CUTS:-36} ;; esac
RANDOM=${SEED:-1}
losses=(lose any prefix keep any)
again=0

# The load runs until the log has so many bytes more; then the daemon is killed.
load_round()
{
	local until=$(($(disk_place) + $1))

	load_start
	until [ "$(disk_place)" -ge "$until" ] || [ -e "$T/unexpected" ]; do
		sleep 0.1
	done
	touch "$T/killed"
	kill_daemon
	load_end
	umount "$M"
}

power_disk_begin
new_store
mount_store
load_begin
control "$M/W" description 'the set-up is on disk'
begin=$(disk_place)
for bytes in 30000000 20000000 5000000; do
	load_round "$bytes"
	WRITERS=$((WRITERS / 2))
	mount_store
	check_levels "round $round"
	resume
done
unmount_store
power_disk_off

# look WHAT PLACE LOG: the store on the disk of LOG has what was acknowledged up to PLACE.
look()
{
	power_mount "$1" "$3"
	check_levels "$1" "$2"
	check_files "$1" "$2"
	mkdir "$M/AFTER"
	echo new >"$M/AFTER/BUILD/CP/new"
	sync "$M/AFTER/BUILD/CP/new"
	equal "$(cat "$M/AFTER/BUILD/CP/part")" base "$1: what a new level inherits"
	power_unmount
}

# cut_while_opened WHAT LOG: opens the store of LOG; the log of a disk that lost power meanwhile is LOG.again.
cut_while_opened()
{
	local from=$(stat -c %s "$2") place

	power_disk_on "$2"
	mount_store
	power_unmount
	place=$(power_places "$from" 1 "$2")
	power_cut "${place:-$from}" "${losses[RANDOM % 5]}" "$RANDOM" "$2.again" "$2"
	again=$((again + 1))
}

cut=0
for place in $(power_places "$begin" "$cuts"); do
	loss=${losses[cut % 5]}
	cut=$((cut + 1))
	what="cut $cut at $place ($loss, seed $RANDOM)"
	seed=${what##* }
	power_cut "$place" "$loss" "${seed%)}" "$T/cut.log"
	if ((cut % 3 == 0)); then
		cut_while_opened "$what" "$T/cut.log"
		look "$what, and again" "$place" "$T/cut.log.again"
	else
		look "$what" "$place" "$T/cut.log"
	fi
done
[ "$looked_at" -gt 0 ] && [ "$number" -gt 10 ] || fail 'nothing was done'
echo "$cut cuts of the power, $again more while opening, in a log of $(disk_place) bytes;" \
	"$looked_at acknowledged writes looked at, $number level operations in the load"
