#!/usr/bin/env bash
# Workers that end soon after their start, by a fault of their own or because the store does not open any more, are
# replaced a few times; then the mount is taken away, callers get errors, and the exit code and the log tell.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

ended_with_an_error()
{
	local status=0

	wait "$DAEMON" || status=$?
	DAEMON=
	equal "$status" 1 'exit code of the supervisor'
	! mounted "$M" || fail 'it is still mounted'
	grep -q "workers in a row ended soon after their start: it is unmounted" "$T/daemon.log" ||
		fail 'the log does not tell'
	: >"$T/daemon.log"
}

new_store
mount_store
mkdir "$M/L"
for fault in SEGV ABRT BUS FPE; do
	signal_worker "$fault"
	# A sanitizer makes an exit code of the signal.
	until grep -q "was ended by SIG$fault\|ended with code" "$T/daemon.log"; do
		kill -0 "$DAEMON" && sleep 0.05
	done
	[ -d "$M/L" ] || fail "no answer after SIG$fault"
	: >"$T/daemon.log"
done
exec 7<"$M/L"
signal_worker SEGV
ended_with_an_error
refused ENOTCONN ls /proc/self/fd/7/.
exec 7<&-

mount_store
[ -d "$M/L" ] || fail 'the level is gone'
mv "$STORE/key.pem" "$T/key.pem"
kill_worker
! stat "$M/L/BUILD/new" 2>/dev/null || fail "a name that never was is there"
ended_with_an_error
mv "$T/key.pem" "$STORE/key.pem"
mount_store
[ -d "$M/L" ] || fail 'the level is gone'
