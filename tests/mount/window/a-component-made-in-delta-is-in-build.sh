#!/usr/bin/env bash
# mkdir of a component in either window makes it in both; so does rmdir.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M/L"

mkdir DELTA/DEBIAN
[ -d BUILD/DEBIAN ] || fail 'not in BUILD'
echo x > BUILD/DEBIAN/file
equal "$(cat DELTA/DEBIAN/file)" x 'content'
rm BUILD/DEBIAN/file
rmdir BUILD/DEBIAN
[ ! -e DELTA/DEBIAN ] || fail 'still in DELTA'
