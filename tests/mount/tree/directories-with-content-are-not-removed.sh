#!/usr/bin/env bash
# rmdir refuses a directory with content, unlink a directory.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
mkdir "$M/L" "$M/L/BUILD/CP"
cd "$M/L/BUILD/CP"

mkdir dir
: > dir/file
refused ENOTEMPTY rmdir dir
refused EISDIR unlink dir
refused ENOTDIR rmdir dir/file
rm dir/file
rmdir dir
