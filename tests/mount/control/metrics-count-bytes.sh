#!/usr/bin/env bash
# Bytes written and read are counted.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M"

written=$(metric csmfs_bytes_written_total)
read=$(metric csmfs_bytes_read_total)
head -c 1000000 /dev/urandom > L/BUILD/CP/new
[ "$(metric csmfs_bytes_written_total)" -ge $((written + 1000000)) ] || fail 'bytes written'
cd /
remount
cat "$M/L/BUILD/CP/new" > /dev/null
[ "$(metric csmfs_bytes_read_total)" -ge 1000000 ] || fail 'bytes read'
[ "$read" -ge 0 ] || fail 'no counter'
