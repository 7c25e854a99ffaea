#!/usr/bin/env bash
# A system that has no level has nothing to put into production, and none to go back to.
. "${0%/*}/../../support/mount.sh"

new_store
mount_store
export CSMFS_MOUNT=$M
mkdir "$M/systems/vm01"
for verb in put2prod rollback; do
	status=0
	servmgr system $verb 720 vm01 2>"$T/said" || status=$?
	same "$status" 1
	grep -q '^servmgr: vm01 has no' "$T/said" || fail "said: $(cat "$T/said")"
done
