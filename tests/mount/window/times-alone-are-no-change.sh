#!/usr/bin/env bash
# touch of an inherited file does not show in DELTA and leaves the digest; BUILD has the new time.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M/L"

touch -d '2001-01-01' BUILD/CP/program BUILD/CP/lib
equal "$(cd DELTA && find . ! -type d)" '' 'files in DELTA'
equal "$(stat -c %Y BUILD/CP/program)" 978307200 'time in BUILD'
equal "$(digest BUILD)" "$(digest "$M/BASE/BUILD")" digest
