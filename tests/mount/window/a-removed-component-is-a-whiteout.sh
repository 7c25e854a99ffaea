#!/usr/bin/env bash
# rm -r of a component shows in DELTA as one whiteout.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M/L"

rm -r BUILD/TCPIP
whiteout DELTA/TCPIP
equal "$(ls BUILD)" CP 'components left'
rm DELTA/TCPIP
same_tree "$M/BASE/BUILD" BUILD
