#!/usr/bin/env bash
# A package is whole after kill -9 right behind its mkdir.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M/L"

head -c 3M /dev/urandom > BUILD/CP/new
mkdir PACKAGE
cp -r PACKAGE "$T/wanted"
cd /
kill_daemon
mount_store
diff -r "$T/wanted" "$M/L/PACKAGE"
control "$M/L" state STABLE
