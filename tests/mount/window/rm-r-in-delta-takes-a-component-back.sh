#!/usr/bin/env bash
# rm -r of a component in DELTA takes back all that this level did to it.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M/L"

echo changed > BUILD/CP/program
rm BUILD/CP/lib/one
mkdir BUILD/CP/doc
echo page > BUILD/CP/doc/page
mv BUILD/CP/etc BUILD/CP/config
echo other > BUILD/TCPIP/new
rm -r DELTA/CP
same_tree "$M/BASE/BUILD/CP" BUILD/CP
equal "$(cat BUILD/TCPIP/new)" other 'the other component'
equal "$(ls DELTA)" TCPIP 'components in DELTA'
