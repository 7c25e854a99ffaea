#!/usr/bin/env bash
# srvlvl setstate L stable needs a package and locks the level; neither is undone (35, 37).
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
export CSMFS_MOUNT=$M
base_locked
mkdir "$M/L"
echo one > "$M/L/BUILD/CP/new"
status=0
servmgr srvlvl setstate 720 L stable 2>"$T/said" || status=$?
equal "$status" 1 'exit code'
grep -q PACKAGE_MISSING "$T/said" || fail "said: $(cat "$T/said")"
servmgr srvlvl package 720 L
servmgr srvlvl setstate 720 L Stable
equal "$(control "$M/L" state)" STABLE state
equal "$(control "$M/L" lock)" on lock
status=0
servmgr srvlvl setlock 720 L off 2>"$T/said" || status=$?
equal "$status" 1 'exit code'
grep -q LEVEL_STABLE "$T/said" || fail "said: $(cat "$T/said")"
