#!/usr/bin/env bash
# Each name of a directory is seen although it is emptied while it is read.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
mkdir "$M/L" "$M/L/BUILD/CP"
cd "$M/L/BUILD/CP"

mkdir dir
for number in $(seq 1000); do
	: > "dir/$number"
done
equal "$(probe read-while-deleting dir)" 1000 'names'
rmdir dir
