#!/usr/bin/env bash
# system modify changes how a system is reached, never its level (behaviour 61).
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
export CSMFS_MOUNT=$M
base_locked
mkdir "$M/L" "$M/systems/vm01"
servmgr system test 720 vm01 L
servmgr system modify 720 vm01 hostname new.example.com port 2222 commtype nfs require
cd "$M/systems"
equal "$(control vm01 host)" new.example.com host
equal "$(control vm01 port)" 2222 port
equal "$(control vm01 commtype)" nfs commtype
equal "$(control vm01 secure)" require secure
status=0
servmgr system modify 720 vm01 srvlvl BASE 2>"$T/said" || status=$?
equal "$status" 2 'exit code'
equal "$(readlink vm01/test)" ../../L 'the test link'
