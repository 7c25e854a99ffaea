#!/usr/bin/env bash
# Files made, changed and removed in BUILD are at once so in DELTA, although DELTA was just read.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M/L"

equal "$(ls DELTA)" '' 'DELTA of a new level'
[ ! -e DELTA/CP/lib/new ] || fail 'the file is there before it is made'
echo new > BUILD/CP/lib/new
equal "$(cat DELTA/CP/lib/new)" new 'the new file'
echo changed > BUILD/CP/lib/one
equal "$(cat DELTA/CP/lib/one)" changed 'the changed file'
equal "$(cd DELTA && find . | sort | xargs)" '. ./CP ./CP/lib ./CP/lib/new ./CP/lib/one' 'DELTA'
rm BUILD/CP/lib/new
equal "$(cd DELTA && find . | sort | xargs)" '. ./CP ./CP/lib ./CP/lib/one' 'DELTA after the removal'
