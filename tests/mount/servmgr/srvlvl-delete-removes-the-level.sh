#!/usr/bin/env bash
# srvlvl delete removes a level; it is refused while the level is locked (behaviour 41).
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
export CSMFS_MOUNT=$M
mkdir "$M/L"
servmgr srvlvl setlock 720 L on
status=0
servmgr srvlvl delete 720 l 2>"$T/said" || status=$?
equal "$status" 1 'exit code'
grep -q LEVEL_LOCKED_DELETE "$T/said" || fail "said: $(cat "$T/said")"
servmgr srvlvl setlock 720 L off
servmgr srvlvl delete 720 l
[ ! -e "$M/L" ] || fail 'the level is still there'
