#!/usr/bin/env bash
# A directory does not replace a file, nor a file a directory.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
mkdir "$M/L" "$M/L/BUILD/CP"
cd "$M/L/BUILD/CP"

mkdir dir
: > file
refused ENOTDIR perl -e 'rename("dir", "file") or die "rename: $!\n"'
refused EISDIR perl -e 'rename("file", "dir") or die "rename: $!\n"'
