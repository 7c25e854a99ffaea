#!/usr/bin/env bash
# rm -r of a tree with one of everything leaves nothing.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
mkdir "$M/L" "$M/L/BUILD/CP"
cd "$M/L/BUILD/CP"

sample tree
rm -r tree
equal "$(ls -A)" '' 'names left'
