#!/usr/bin/env bash
# The same name exists in two releases of one store with different content.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store 720 730
mount_store -o release=720
mkdir "$M/L" "$M/L/BUILD/CP"
echo of 720 > "$M/L/BUILD/CP/file"
remount -o release=730
[ ! -e "$M/L" ] || fail 'a level of the other release shows'
mkdir "$M/L" "$M/L/BUILD/CP"
echo of 730 > "$M/L/BUILD/CP/file"
mkdir "$M/ONLY730"
remount -o release=720
equal "$(cat "$M/L/BUILD/CP/file")" 'of 720' content
mkdir "$M/M"
refused EINVAL setfattr -n user.csmfs.basedon -v ONLY730 "$M/M"
