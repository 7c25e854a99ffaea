#!/usr/bin/env bash
# A name longer than z/VM's 16 characters is accepted, with a notice.
. "${0%/*}/../../support/mount.sh"

new_store
mount_store
export CSMFS_MOUNT=$M
servmgr srvlvl add 720 exactly_sixteen_ 2>"$T/said"
[ ! -s "$T/said" ] || fail "a notice for 16 characters: $(cat "$T/said")"
servmgr srvlvl add 720 longer_than_sixteen 2>"$T/said"
grep -q 'LONGER_THAN_SIXTEEN is longer than the 16 characters' "$T/said" || fail "said: $(cat "$T/said")"
[ -d "$M/LONGER_THAN_SIXTEEN" ] || fail 'the level was not made'
