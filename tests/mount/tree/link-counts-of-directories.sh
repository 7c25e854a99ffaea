#!/usr/bin/env bash
# A directory counts itself, its name and its subdirectories.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
mkdir "$M/L" "$M/L/BUILD/CP"
cd "$M/L/BUILD/CP"

mkdir -p dir/a dir/b
: > dir/file
equal "$(stat -c %h dir)" 4 'link count'
rmdir dir/a
equal "$(stat -c %h dir)" 3 'link count after rmdir'
