#!/usr/bin/env bash
# A file handle of a level that was deleted and made again is ESTALE.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
cd "$M"

mkdir L
echo old > L/BUILD/CP/file
handle=$(probe handle L/BUILD/CP/file)
rmdir L
mkdir L
cd /
remount
refused ESTALE probe open-handle "$M" "$handle"
