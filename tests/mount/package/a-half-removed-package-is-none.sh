#!/usr/bin/env bash
# When one file of a package is removed, the rest is no package any more.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M/L"

echo x > BUILD/CP/new
mkdir PACKAGE
rm PACKAGE/CP.SERVLINK
refused EPERM setfattr -n user.csmfs.state -v STABLE .
rm -r PACKAGE
mkdir PACKAGE
control . state STABLE
