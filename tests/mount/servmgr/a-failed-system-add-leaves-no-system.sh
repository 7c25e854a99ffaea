#!/usr/bin/env bash
# system add is all or nothing (behaviour 49): here the ESM settings differ, and the port is none.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
export CSMFS_MOUNT=$M
base_locked
servmgr srvlvl add 720 L esm racf
status=0
servmgr system add 720 vm01 L nonesm hostname h 2>"$T/said" || status=$?
equal "$status" 1 'exit code'
grep -q ESM_DIFFERS "$T/said" || fail "said: $(cat "$T/said")"
[ ! -e "$M/systems/vm01" ] || fail 'the system stayed'

status=0
servmgr system add 720 vm01 L esm racf hostname h '(port 99999)' 2>"$T/said" || status=$?
equal "$status" 1 'exit code'
grep -q VALUE_BAD "$T/said" || fail "said: $(cat "$T/said")"
[ ! -e "$M/systems/vm01" ] || fail 'the system stayed'
servmgr system add 720 vm01 L esm RACF hostname h
[ -d "$M/systems/vm01" ] || fail 'the system was not added'
