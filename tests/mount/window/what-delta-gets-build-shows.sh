#!/usr/bin/env bash
# Files made, changed and removed in DELTA are at once so in BUILD, although BUILD was just read.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M/L"

ls -lR BUILD > /dev/null
[ ! -e BUILD/CP/lib/new ] || fail 'the file is there before it is made'
cat BUILD/CP/lib/one > /dev/null
mkdir DELTA/CP DELTA/CP/lib
echo new > DELTA/CP/lib/new
echo changed > DELTA/CP/lib/one
equal "$(cat BUILD/CP/lib/new)" new 'the new file'
equal "$(cat BUILD/CP/lib/one)" changed 'the changed file'
equal "$(ls BUILD/CP/lib | xargs)" 'new one two' 'names in BUILD'
rm DELTA/CP/lib/new
[ ! -e BUILD/CP/lib/new ] || fail 'a file removed from DELTA is still in BUILD'
equal "$(ls BUILD/CP/lib | xargs)" 'one two' 'names in BUILD at the end'
