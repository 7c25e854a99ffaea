#!/usr/bin/env bash
# A locked level is packaged, as its content cannot change; dropped and built again it is the same.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M/L"

echo x > BUILD/CP/new
control . lock on
mkdir PACKAGE
cp -r PACKAGE "$T/first"
rm -r PACKAGE
mkdir PACKAGE
diff -r "$T/first" PACKAGE
equal "$(control . lock)" on lock
