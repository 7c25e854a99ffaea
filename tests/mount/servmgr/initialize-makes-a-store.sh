#!/usr/bin/env bash
# servmgr initialize makes a store, or adds a release to it, as mkfs.csmfs does (behaviours 1, 3).
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

servmgr initialize 720 --store "$STORE"
CSMFS_STORE=$STORE servmgr INITIALIZE 730
mount_store -o release=730
[ -d "$M/BASE/BUILD" ] || fail 'no BASE in the new release'
unmount_store

status=0
servmgr initialize 720 --store "$STORE" 2>"$T/said" || status=$?
equal "$status" 1 'exit code'
grep -q 'the release is in the store already' "$T/said" || fail "said: $(cat "$T/said")"
equal "$(servmgr --dry-run initialize 720 --store "$STORE")" "mkfs.csmfs --release 720 -- $STORE" 'the dry run'
