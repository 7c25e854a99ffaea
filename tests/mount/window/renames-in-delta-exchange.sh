#!/usr/bin/env bash
# RENAME_EXCHANGE in DELTA exchanges what two names show, files and directories alike.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M/L"

echo changed > BUILD/CP/program
mkdir -p BUILD/CP/new/deep
echo inside > BUILD/CP/new/deep/file
probe rename exchange DELTA/CP/program DELTA/CP/new
for window in BUILD DELTA; do
	equal "$(cat "$window/CP/new")" changed "the file in $window"
	equal "$(cat "$window/CP/program/deep/file")" inside "the directory in $window"
done
echo two > BUILD/CP/two
probe rename exchange DELTA/CP/new DELTA/CP/two
equal "$(cat BUILD/CP/new BUILD/CP/two | xargs)" 'two changed' 'two files'
chmod 700 BUILD/CP/etc
refused EXDEV probe rename exchange DELTA/CP/etc DELTA/CP/two
refused ENOENT probe rename exchange DELTA/CP/two DELTA/CP/lib
