#!/usr/bin/env bash
# rm in BUILD shows in DELTA as character device 0,0.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M/L"

rm BUILD/CP/lib/one
rm -r BUILD/CP/etc
whiteout DELTA/CP/lib/one
whiteout DELTA/CP/etc
equal "$(ls DELTA/CP DELTA/CP/lib | xargs)" 'DELTA/CP: etc lib DELTA/CP/lib: one' 'names in DELTA'
cd /
remount
whiteout "$M/L/DELTA/CP/lib/one"
