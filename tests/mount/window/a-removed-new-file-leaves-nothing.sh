#!/usr/bin/env bash
# What this level made and removed again leaves nothing in DELTA.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M/L"

mkdir BUILD/CP/doc
echo new > BUILD/CP/doc/new
rm -r BUILD/CP/doc
equal "$(ls DELTA)" '' 'names in DELTA'
