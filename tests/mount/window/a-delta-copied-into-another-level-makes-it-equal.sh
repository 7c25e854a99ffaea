#!/usr/bin/env bash
# cp -a of DELTA into the DELTA of a sibling gives the same level: whiteouts and opaque directories work.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M/L"

echo changed > BUILD/CP/program
rm BUILD/TCPIP/lib/one
rm -r BUILD/CP/lib
mkdir BUILD/CP/lib
echo only > BUILD/CP/lib/only
rm -r BUILD/CP/etc
echo file > BUILD/CP/etc
sample BUILD/TCPIP/sample
mkdir "$M/COPY"
cp -a DELTA/. "$M/COPY/DELTA/"
same_tree BUILD "$M/COPY/BUILD"
equal "$(digest "$M/COPY")" "$(digest .)" digest
