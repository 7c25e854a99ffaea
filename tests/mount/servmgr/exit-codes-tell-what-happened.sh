#!/usr/bin/env bash
# 0 done, 1 refused, 2 usage, 3 no mount or another release, 4 system error.
. "${0%/*}/../../support/mount.sh"

new_store
mount_store
export CSMFS_MOUNT=$M
expect()
{
	local wanted=$1 status=0

	shift
	"$@" >"$T/said" 2>&1 || status=$?
	[ "$status" -eq "$wanted" ] || fail "$*: exit code $status instead of $wanted: $(cat "$T/said")"
	[ "$wanted" -eq 0 ] || [ -s "$T/said" ] || fail "$*: said nothing"
}

expect 0 servmgr srvlvl add 720 L
expect 0 servmgr --help
expect 0 servmgr --version
expect 1 servmgr srvlvl add 720 L
expect 1 servmgr srvlvl add 720 a/b
expect 1 servmgr srvlvl delete 720 NOWHERE
expect 1 servmgr srvlvl query NOWHERE
expect 1 servmgr system test 720 NOWHERE L
expect 2 servmgr
expect 2 servmgr srvlvl
expect 2 servmgr srvlvl add
expect 2 servmgr srvlvl add 720 L frobnicate
expect 2 servmgr --frobnicate
expect 2 servmgr srvlvl service 720 L all rsu0802
expect 3 servmgr srvlvl add 730 L
expect 3 servmgr --mount "$T" srvlvl query
expect 3 servmgr --mount "$T/nowhere" srvlvl query
expect 3 env CSMFS_MOUNT="$M/L" servmgr srvlvl query
kill_daemon
expect 3 servmgr srvlvl query
