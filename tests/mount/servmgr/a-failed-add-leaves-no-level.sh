#!/usr/bin/env bash
# srvlvl add is all or nothing: when a later step is refused the level goes again, also when the
# dry run is pasted.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
export CSMFS_MOUNT=$M
base_locked
long=$(printf 'x%.0s' {1..2000})
status=0
servmgr srvlvl add 720 NEW desc "$long" 2>"$T/said" || status=$?
equal "$status" 1 'exit code'
grep -q VALUE_BAD "$T/said" || fail "said: $(cat "$T/said")"
[ ! -e "$M/NEW" ] || fail 'the level stayed'

servmgr --dry-run srvlvl add 720 NEW desc "$long" >"$T/script"
if sh "$T/script" 2>/dev/null; then
	fail 'the pasted script succeeded'
fi
[ ! -e "$M/NEW" ] || fail 'the level stayed after the pasted script'

status=0
servmgr srvlvl add 720 NEW basedon NOWHERE 2>"$T/said" || status=$?
equal "$status" 1 'exit code'
grep -q 'no level NOWHERE' "$T/said" || fail "said: $(cat "$T/said")"
[ ! -e "$M/NEW" ] || fail 'a level was made on a parent that is not there'
