#!/usr/bin/env bash
# mkdir PACKAGE is EEXIST while there is one, current or stale; rm -r drops it.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M/L"

echo one > BUILD/CP/new
mkdir PACKAGE
refused EEXIST mkdir PACKAGE
echo two > BUILD/CP/new
refused EEXIST mkdir PACKAGE
rm -r PACKAGE
[ ! -e PACKAGE ] || fail 'the package is still there'
equal "$(ls | xargs)" 'APPLY BUILD DELTA' 'names in the level'
mkdir PACKAGE
equal "$(lz4 -dc PACKAGE/CP.SERVLINK | tar -xOf - CP/new)" two 'content'
