#!/usr/bin/env bash
# A file handle of a file that is gone is ESTALE, also when its name is used again.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
cd "$M"

mkdir L
echo old > L/BUILD/CP/file
handle=$(probe handle L/BUILD/CP/file)
rm L/BUILD/CP/file
echo new > L/BUILD/CP/file
cd /
remount
refused ESTALE probe open-handle "$M" "$handle"
