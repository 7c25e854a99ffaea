#!/usr/bin/env bash
# A regular file has the same inode number and device in DELTA and BUILD.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M/L"

echo new > BUILD/CP/new
echo more >> BUILD/CP/lib/one
equal "$(stat -c %d:%i DELTA/CP/new)" "$(stat -c %d:%i BUILD/CP/new)" 'a new file'
equal "$(stat -c %d:%i DELTA/CP/lib/one)" "$(stat -c %d:%i BUILD/CP/lib/one)" 'a changed file'
exec 3>> DELTA/CP/new
echo through the other >&3
equal "$(tail -n 1 BUILD/CP/new)" 'through the other' 'what an open file got'
exec 3>&-
