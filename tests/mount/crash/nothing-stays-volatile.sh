#!/usr/bin/env bash
# sync(2) and syncfs(2) do not reach the daemon, so what nobody synced goes to the disk by itself:
# bytes of a file that is still open, a file that was closed, a name, a mode. The power is cut again
# and again, with all that no sync had covered lost, until everything is there.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"
. "$ROOT/tests/support/power_disk.sh"

power_disk_begin
new_store
mount_store
mkdir -p "$M/BASE/BUILD/CP"
control "$M/BASE" description 'the set-up is on disk'
exec 3>"$M/BASE/BUILD/CP/open"
echo volatile >&3
echo volatile >"$M/BASE/BUILD/CP/closed"
mkdir "$M/BASE/BUILD/CP/directory"
ln -s closed "$M/BASE/BUILD/CP/link"
chmod 751 "$M/BASE/BUILD/CP"
mkdir "$T/beside" "$T/beside.mnt"

is_there()
{
	[ "$(cat "$1/open")" = volatile ] && [ "$(cat "$1/closed")" = volatile ] && [ -d "$1/directory" ] &&
		[ "$(readlink "$1/link")" = closed ] && [ "$(stat -c %a "$1")" = 751 ]
} 2>/dev/null

# What the store would show after a power cut now. It is mounted beside the one that goes on.
is_on_disk()
(
	DISK=$T/beside M=$T/beside.mnt STORE=$T/beside/store
	cp "$POWER_LOG" "$T/now.log"
	power_cut "$(stat -c %s "$T/now.log")" lose 1 "$T/cut.log" "$T/now.log"
	power_mount 'a power cut' "$T/cut.log"
	is_there "$M/BASE/BUILD/CP" || status=1
	power_unmount
	exit "${status:-0}"
)

for ((tries = 0; tries < 60; tries++)); do
	! is_on_disk || break
	sleep 0.5
done
[ "$tries" -lt 60 ] || fail "after $tries looks what was written is still not on disk"
exec 3>&-
unmount_store
power_disk_off
