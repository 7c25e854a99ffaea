#!/usr/bin/env bash
# Renaming a file over a whiteout in DELTA makes it in BUILD, as rsync does.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M/L"

rm BUILD/CP/program
echo new > DELTA/CP/draft
mv DELTA/CP/draft DELTA/CP/program
equal "$(cat BUILD/CP/program)" new content
equal "$(cd DELTA && find . ! -type d)" ./CP/program 'DELTA'
rm -r BUILD/CP/lib
mkdir -p "$T/part/lib"
echo one > "$T/part/lib/one"
rsync -a "$T/part/" DELTA/CP/
equal "$(cat BUILD/CP/lib/one)" one 'the file in a directory in the place of a whiteout'
equal "$(cat BUILD/CP/lib/two)" 'CP part two' 'what the base has there, as the whiteout is gone'
