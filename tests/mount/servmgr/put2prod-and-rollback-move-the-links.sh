#!/usr/bin/env bash
# put2prod makes what was tested the production level, twice is harmless (57); rollback goes back.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
export CSMFS_MOUNT=$M
base_locked
servmgr srvlvl add 720 L
echo one > "$M/L/BUILD/CP/new"
servmgr system add 720 vm01 BASE nonesm hostname h
servmgr system test 720 vm01 L
status=0
servmgr system put2prod 720 vm01 2>"$T/said" || status=$?
equal "$status" 1 'exit code'
grep -q NOT_STABLE "$T/said" || fail "said: $(cat "$T/said")"
servmgr srvlvl package 720 L
servmgr srvlvl setstate 720 L stable
servmgr system put2prod 720 VM01
cd "$M/systems/vm01"
equal "$(readlink production)" ../../L production
equal "$(readlink previous)" ../../BASE previous
[ ! -L test ] || fail 'the test link stayed'
equal "$(servmgr system put2prod 720 vm01)" 'L is in production on vm01; no other level is in test' 'what servmgr said'
equal "$(readlink production)" ../../L production
servmgr system rollback 720 vm01
equal "$(readlink production)" ../../BASE production
equal "$(readlink previous)" ../../L previous
