#!/usr/bin/env bash
# --mount comes before $CSMFS_MOUNT; with neither, several mounts are too many to choose from.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
mkdir "$M/HERE" "$T/other"
mkfs.csmfs "$T/store2" >/dev/null
try_mount "$T/store2" "$T/other"
later umount "$T/other"
servmgr --mount "$M" srvlvl query here >/dev/null
CSMFS_MOUNT=$M servmgr srvlvl query here >/dev/null
CSMFS_MOUNT=$M servmgr --mount "$T/other" srvlvl add 720 there
[ -d "$T/other/THERE" ] || fail '--mount does not come first'
status=0
servmgr srvlvl query 2>"$T/said" || status=$?
equal "$status" 3 'exit code'
grep -q 'name one: --mount DIR' "$T/said" || fail "said: $(cat "$T/said")"
