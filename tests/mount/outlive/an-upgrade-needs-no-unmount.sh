#!/usr/bin/env bash
# SIGUSR2 goes over to the program that is now in the place of the old one: same process id, same mount, under a load,
# again and again, and no call fails. A program that does not run is not taken; one that is gone is replaced by the one
# that runs.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"
. "$ROOT/tests/support/outlive.sh"

old_program=$(readlink -f "$BUILD/csmfs")
mkdir "$T/bin"
cp "$old_program" "$T/bin/csmfs"
PATH=$T/bin:$PATH

upgrade()
{
	local starts=$(metric csmfs_worker_starts_total)

	cp "$old_program" "$T/bin/new"
	mv "$T/bin/new" "$T/bin/csmfs"
	kill -USR2 "$DAEMON"
	until [ "$(metric csmfs_worker_starts_total)" -gt "$starts" ]; do sleep 0.05; done
	equal "$(readlink "/proc/$DAEMON/exe")" "$T/bin/csmfs" 'the program of the supervisor'
	equal "$(readlink "/proc/$(worker_pid)/exe")" "$T/bin/csmfs" 'the program of the worker'
}

new_store
mount_store
base_locked
mkdir "$M/L" "$M/L/BUILD/CP/0" "$M/L/BUILD/CP/1"
device=$(stat -c %d "$M")
load data "$M/L/BUILD/CP/0" 1 0
load data "$M/L/BUILD/CP/1" 2 1
load keep "$M/L/BUILD/CP/kept"
deaths 4 upgrade
kill -9 "$(worker_pid)"
upgrade
# nobody gets the store between two workers
for i in 1 2 3; do
	kill -USR2 "$DAEMON"
	status=0
	fsck.csmfs -n "$STORE" >"$T/fsck" 2>&1 || status=$?
	equal "$status" 8 "fsck.csmfs while csmfs changes its worker ($(cat "$T/fsck"))"
done
worker=$(worker_pid)
printf '#!/bin/sh\nexit 1\n' >"$T/bin/new" # runs, and does not know our memory
chmod 755 "$T/bin/new"
mv "$T/bin/new" "$T/bin/csmfs"
kill -USR2 "$DAEMON"
until grep -q 'the program stays as it is' "$T/daemon.log"; do sleep 0.05; done
equal "$(worker_pid)" "$worker" 'the worker when the new program does not run'
rm "$T/bin/csmfs"
kill -USR2 "$DAEMON"
sleep 0.5
end_loads
equal "$(stat -c %d "$M")" "$device" 'device'
kill -TERM "$DAEMON"
wait "$DAEMON" || fail "it ended with $?"
DAEMON=
! mounted "$M" || fail 'it is still mounted'
