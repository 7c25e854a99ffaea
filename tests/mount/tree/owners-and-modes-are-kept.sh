#!/usr/bin/env bash
# Owners up to 32 bits and all twelve mode bits are kept, on files and directories.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
mkdir "$M/L" "$M/L/BUILD/CP"
cd "$M/L/BUILD/CP"

: > file
mkdir dir
chown 4000000000:3999999999 file dir
chmod 7751 file
chmod 3755 dir
for try in before after; do
	equal "$(stat -c '%u:%g %a' file)" '4000000000:3999999999 7751' "file $try the remount"
	equal "$(stat -c '%u:%g %a' dir)" '4000000000:3999999999 3755' "directory $try the remount"
	cd /
	remount
	cd "$M/L/BUILD/CP"
done
