#!/usr/bin/env bash
# mknod c 0 0 in DELTA deletes a file or a directory in BUILD.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M/L"

ls -lR BUILD > /dev/null
mkdir DELTA/CP DELTA/CP/lib
mknod DELTA/CP/lib/one c 0 0
mknod DELTA/CP/etc c 0 0
[ ! -e BUILD/CP/lib/one ] || fail 'the file is still in BUILD'
[ ! -e BUILD/CP/etc ] || fail 'the directory is still in BUILD'
equal "$(ls BUILD/CP/lib)" two 'names in BUILD'
whiteout DELTA/CP/lib/one
whiteout DELTA/CP/etc
