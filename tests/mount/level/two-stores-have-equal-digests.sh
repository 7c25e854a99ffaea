#!/usr/bin/env bash
# The same tree in two stores, in a BASE here and a level there, has one digest.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

sample "$T/sample"
new_store
mount_store
mkdir "$M/BASE/BUILD/CP"
cp -a "$T/sample" "$M/BASE/BUILD/CP/"
first=$(digest "$M/BASE/BUILD/CP")
whole=$(digest "$M/BASE")
unmount_store
STORE=$T/store-2
new_store 730
mount_store
mkdir "$M/L" "$M/L/BUILD/CP"
rsync -aHAX "$T/sample" "$M/L/BUILD/CP/"
equal "$(digest "$M/L/BUILD/CP")" "$first" 'digest of the component'
equal "$(digest "$M/L")" "$whole" 'digest of the level'
