#!/usr/bin/env bash
# What was acknowledged survives kill -9 at any moment, and each level operation is there whole
# or not at all. Writers work in BUILD and DELTA, an administrator makes levels, packages and
# links; the daemon is killed, at times also while it starts; then fsck must be clean, and the
# mount show what was acknowledged.
#
# CYCLES=200 kills as often (20; under sanitizers 6), SEED=N begins another row of moments.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"
. "$ROOT/tests/support/crash_load.sh"

case $BUILD in */asan* | */tsan*) cycles=${CYCLES:-6} ;; *) cycles=${CYCLES:-20} ;; esac
RANDOM=${SEED:-1}
starts=0

new_store
mount_store
load_begin
for ((cycle = 1; cycle <= cycles; cycle++)); do
	load_start
	sleep "$((RANDOM % 2)).$((RANDOM % 900 + 100))"
	touch "$T/killed"
	kill_daemon
	load_end
	umount "$M"
	if ((cycle % 3 == 0)); then
		csmfs "$STORE" "$M" -f >>"$T/daemon.log" 2>&1 </dev/null &
		DAEMON=$!
		echo "$DAEMON" >>"$T/pids"
		sleep "0.0$((RANDOM % 90 + 10))"
		kill_daemon
		! mounted "$M" || umount -l "$M"
		starts=$((starts + 1))
	fi
	fsck.csmfs -n "$STORE" >"$T/fsck.said" 2>&1 || fail "cycle $cycle: fsck: $(cat "$T/fsck.said")"
	mount_store
	check_levels "cycle $cycle"
	check_files "cycle $cycle"
	resume
	# of old ones the space must come back, too
	if ((cycle > 2)); then
		for ((writer = 0; writer < WRITERS; writer++)); do
			rm -r "$(where "$((cycle - 2)).$writer")"
			rm "$T/journal.$((cycle - 2)).$writer"
		done
	fi
done
unmount_store
fsck.csmfs -n "$STORE"
[ "$looked_at" -gt 0 ] && [ "$number" -gt "$cycles" ] || fail 'nothing was done'
echo "$cycles kills, $starts more while starting; $looked_at acknowledged writes looked at," \
	"$((number - cycles - 1)) level operations"
