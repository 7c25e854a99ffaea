#!/usr/bin/env bash
# Of many fsyncs at the same time several are answered by one write to the disk.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
mkdir "$M/L" "$M/L/BUILD/CP"
before=$(metric csmfs_syncs_total)
probe fsync-together "$M/L/BUILD/CP" 16 20
syncs=$(($(metric csmfs_syncs_total) - before))
[ "$syncs" -ge 1 ] || fail 'no write to the disk'
[ "$syncs" -lt 320 ] || fail "$syncs writes to the disk for 320 fsyncs"
cd /
kill_daemon
mount_store
equal "$(cat "$M"/L/BUILD/CP/* | wc -l)" 320 'lines after kill -9'
