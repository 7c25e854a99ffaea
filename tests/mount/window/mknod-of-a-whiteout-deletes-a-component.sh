#!/usr/bin/env bash
# mknod c 0 0 at the top of DELTA deletes a whole component, so cp -a of a DELTA carries it.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M/L"

mknod DELTA/TCPIP c 0 0
equal "$(ls BUILD)" CP 'components'
whiteout DELTA/TCPIP
mkdir "$M/COPY"
cp -a DELTA/. "$M/COPY/DELTA/"
equal "$(digest "$M/COPY")" "$(digest .)" digest
rm DELTA/TCPIP
same_tree "$M/BASE/BUILD" BUILD
