#!/usr/bin/env bash
# mv in DELTA puts a file over an inherited one; at its old name BUILD has the base's again.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M/L"

echo changed > BUILD/CP/program
mkdir DELTA/CP/lib
mv DELTA/CP/program DELTA/CP/lib/one
equal "$(cat BUILD/CP/lib/one)" changed 'the new name'
equal "$(cat BUILD/CP/program)" 'CP program' 'the old name'
equal "$(cd DELTA && find . -type f)" ./CP/lib/one 'DELTA'
mv DELTA/CP/lib/one DELTA/CP/lib/brand-new
equal "$(cat BUILD/CP/lib/brand-new)" changed 'a name the base does not have'
equal "$(cat BUILD/CP/lib/one)" 'CP part one' 'the inherited file is back'
