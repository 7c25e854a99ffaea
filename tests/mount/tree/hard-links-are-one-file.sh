#!/usr/bin/env bash
# Two names are one file: same inode, count 2, bytes and mode shared; either may go.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
mkdir "$M/L" "$M/L/BUILD/CP"
cd "$M/L/BUILD/CP"

mkdir other
echo first > one
ln one other/two
equal "$(stat -c %i one)" "$(stat -c %i other/two)" 'inode'
equal "$(stat -c %h one)" 2 'link count'
echo second >> other/two
chmod 600 other/two
equal "$(cat one)" "$(printf 'first\nsecond')" 'content by the other name'
equal "$(stat -c %a one)" 600 'mode by the other name'
rm one
equal "$(stat -c %h other/two)" 1 'link count after one name went'
cd /
remount
equal "$(cat "$M/L/BUILD/CP/other/two")" "$(printf 'first\nsecond')" 'content after a remount'
