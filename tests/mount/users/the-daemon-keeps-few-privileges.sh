#!/usr/bin/env bash
# Every thread of the daemon has the one capability in force that it needs and can gain none by
# starting a program; mounting, working and unmounting, asked for from outside and by a signal,
# go on all the same, also with a store that belongs to another user.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

dac_override=2 # 1 << CAP_DAC_OVERRIDE
with_mount=200002 # and 1 << CAP_SYS_ADMIN, in force only while it mounts or unmounts

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

threads=0
for status in /proc/"$DAEMON"/task/*/status; do
	equal "$(field "$status" NoNewPrivs)" 1 "new privileges of $(field "$status" Name)"
	equal "$(field "$status" CapEff | sed 's/^0*//')" "$dac_override" "what $(field "$status" Name) may"
	equal "$(field "$status" CapPrm | sed 's/^0*//')" "$with_mount" 'what it may ask for'
	equal "$(field "$status" CapInh)" 0000000000000000 'what it hands on'
	equal "$(field "$status" CapAmb)" 0000000000000000 'what it hands on to any program'
	threads=$((threads + 1))
done
[ "$threads" -gt 2 ] || fail "only $threads threads were looked at"

unmount_store
mount_store
equal "$(cat "$M/L/BUILD/CP/program")" 'CP program' 'content after the unmount'
kill -TERM "$DAEMON"
wait "$DAEMON" || fail "a signal ended it with $?"
DAEMON=
if mounted "$M"; then fail 'the mount outlived the daemon that a signal ended'; fi
