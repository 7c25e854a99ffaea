#!/usr/bin/env bash
# A file written back as it was, or removed and copied back, is no change.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M/L"

cp -a BUILD/CP "$T/saved"
echo changed > BUILD/CP/program
[ -e DELTA/CP/program ] || fail 'the change does not show'
cp -a "$T/saved/program" BUILD/CP/program
rm BUILD/CP/lib/one
cp -a "$T/saved/lib/one" BUILD/CP/lib/one
chmod 600 BUILD/CP/lib/two
chmod 644 BUILD/CP/lib/two
equal "$(cd DELTA && find . ! -type d)" '' 'files in DELTA'
equal "$(digest .)" "$(digest "$M/BASE")" digest
