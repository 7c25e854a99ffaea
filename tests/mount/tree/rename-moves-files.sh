#!/usr/bin/env bash
# rename moves a file over another, within and across directories; the inode stays.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
mkdir "$M/L" "$M/L/BUILD/CP"
cd "$M/L/BUILD/CP"

mkdir a b
echo one > a/one
echo two > b/two
inode=$(stat -c %i a/one)
mv a/one b/two
equal "$(cat b/two)" one 'content'
equal "$(stat -c %i b/two)" "$inode" 'inode'
equal "$(ls a)" '' 'the old place'
cd /
remount
equal "$(cat "$M/L/BUILD/CP/b/two")" one 'content after a remount'
