#!/usr/bin/env bash
# srvlvl send (test gives the system the level; (stable declares it as well, and only so a STABLE
# level is sent (behaviours 35, 38, 39).
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
export CSMFS_MOUNT=$M
base_locked
mkdir "$M/L" "$M/systems/vm01" "$M/systems/vm02"
echo one > "$M/L/BUILD/CP/new"
servmgr srvlvl send 720 L vm01 '(test'
equal "$(readlink "$M/systems/vm01/test")" ../../L 'vm01/test'
equal "$(control "$M/L" state)" TEST state
servmgr srvlvl package 720 L
servmgr srvlvl send 720 L vm01 '(stable'
equal "$(control "$M/L" state)" STABLE state
status=0
servmgr srvlvl send 720 L vm02 2>"$T/said" || status=$?
equal "$status" 1 'exit code'
grep -q 'send it as it is: (stable' "$T/said" || fail "said: $(cat "$T/said")"
servmgr srvlvl send 720 L vm02 '(STABLE)'
equal "$(readlink "$M/systems/vm02/test")" ../../L 'the test link'
