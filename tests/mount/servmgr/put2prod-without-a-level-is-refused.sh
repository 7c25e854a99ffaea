#!/usr/bin/env bash
# A system that has no level has nothing to put into production, and none to go back to.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
export CSMFS_MOUNT=$M
mkdir "$M/systems/vm01"
for verb in put2prod rollback; do
	status=0
	servmgr system $verb 720 vm01 2>"$T/said" || status=$?
	equal "$status" 1 'exit code'
	grep -q '^servmgr: vm01 has no' "$T/said" || fail "said: $(cat "$T/said")"
done
