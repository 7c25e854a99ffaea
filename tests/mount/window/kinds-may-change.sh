#!/usr/bin/env bash
# A file becomes a directory, a directory a link, a link a device; DELTA shows the new kind.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M/L"

rm BUILD/CP/program
mkdir BUILD/CP/program
echo inside > BUILD/CP/program/inside
rm -r BUILD/CP/lib
ln -s etc BUILD/CP/lib
rm BUILD/CP/etc/profile
mknod BUILD/CP/etc/profile c 1 3
equal "$(stat -c %F DELTA/CP/program)" directory 'what was a file'
equal "$(readlink DELTA/CP/lib)" etc 'what was a directory'
equal "$(stat -c '%F %t,%T' DELTA/CP/etc/profile)" 'character special file 1,3' 'what was a file'
rm -r DELTA/CP/program DELTA/CP/lib DELTA/CP/etc/profile
same_tree "$M/BASE/BUILD" BUILD
