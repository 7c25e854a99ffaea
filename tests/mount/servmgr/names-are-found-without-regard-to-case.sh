#!/usr/bin/env bash
# Levels and systems that exist are found however their names are typed, and are never made twice.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
export CSMFS_MOUNT=$M
base_locked
mkdir "$M/Mixed_Case" "$M/systems/VM01"
servmgr srvlvl setlock 720 MIXED_case on
equal "$(control "$M/Mixed_Case" lock)" on lock
servmgr system modify 720 vm01 hostname vm01.example.com
equal "$(control "$M/systems/VM01" host)" vm01.example.com host
refused_code=0
servmgr srvlvl add 720 mixed_case 2>"$T/said" || refused_code=$?
equal "$refused_code" 1 'exit code'
grep -q LEVEL_EXISTS "$T/said" || fail "said: $(cat "$T/said")"
