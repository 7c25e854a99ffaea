#!/usr/bin/env bash
# cp -a of a tree with one of everything is equal to its source, now and after a remount.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
mkdir "$M/L" "$M/L/BUILD/CP"
cd "$M/L/BUILD/CP"

sample "$T/sample"
cp -a "$T/sample" copy
same_tree "$T/sample" copy
cd /
remount
same_tree "$T/sample" "$M/L/BUILD/CP/copy"
