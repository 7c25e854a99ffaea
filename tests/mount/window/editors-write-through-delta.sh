#!/usr/bin/env bash
# An editor that writes a new file and renames it over the old one works in DELTA.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M/L"

echo changed > BUILD/CP/program
sed -i 's/changed/changed again/' DELTA/CP/program
equal "$(cat BUILD/CP/program)" 'changed again' 'content in BUILD'
equal "$(ls DELTA/CP)" program 'names in DELTA'
