#!/usr/bin/env bash
# Every thread of the worker has the one capability that it needs, the supervisor besides the one it
# mounts with, and neither can gain any by starting a program; mounting, working and unmounting, asked
# for from outside and by a signal, go on all the same, also with a store that belongs to another user.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

dac_override=2 # 1 << CAP_DAC_OVERRIDE
with_mount=200002 # and 1 << CAP_SYS_ADMIN

field()
{
	awk -v name="$2:" '$1 == name { print $2 }' "$1"
}

new_store
chown -R 65534:65534 "$STORE"
chmod 700 "$STORE"
mount_store
base_locked
mkdir "$M/L"
component "$M/L" CP
mkdir "$M/L/PACKAGE"

# keeps STATUS CAPABILITIES: a thread has these and can get no others.
keeps()
{
	local name=$(field "$1" Name)

	equal "$(field "$1" NoNewPrivs)" 1 "new privileges of $name"
	equal "$(field "$1" CapEff | sed 's/^0*//')" "$2" "what $name may"
	equal "$(field "$1" CapPrm | sed 's/^0*//')" "$2" "what $name may ask for"
	equal "$(field "$1" CapInh)" 0000000000000000 "what $name hands on"
	equal "$(field "$1" CapAmb)" 0000000000000000 "what $name hands on to any program"
}

threads=0
for status in /proc/"$(worker_pid)"/task/*/status; do
	keeps "$status" "$dac_override"
	equal "$(field "$status" Seccomp)" 2 "whether calls of $(field "$status" Name) are filtered"
	threads=$((threads + 1))
done
[ "$threads" -gt 2 ] || fail "only $threads threads were looked at"
keeps "/proc/$DAEMON/status" "$with_mount"

unmount_store
mount_store
equal "$(cat "$M/L/BUILD/CP/program")" 'CP program' 'content after the unmount'
kill -TERM "$DAEMON"
wait "$DAEMON" || fail "a signal ended it with $?"
DAEMON=
if mounted "$M"; then fail 'the mount outlived the daemon that a signal ended'; fi
