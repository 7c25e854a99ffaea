#!/usr/bin/env bash
# A package dropped and built again, also after a remount, is byte for byte the same.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M/L"

mkdir BUILD/NEW
sample BUILD/NEW/sample
rm -r BUILD/CP/lib
mkdir PACKAGE
cp -r PACKAGE "$T/first"
rm -r PACKAGE
cd /
remount
mkdir "$M/L/PACKAGE"
diff -r "$T/first" "$M/L/PACKAGE"
