#!/usr/bin/env bash
# When a file with two names changes, DELTA has both, still one file.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
component "$M/BASE" CP
ln "$M/BASE/BUILD/CP/lib/one" "$M/BASE/BUILD/CP/etc/one-too"
control "$M/BASE" lock on
mkdir "$M/L"
cd "$M/L"
echo changed >> BUILD/CP/lib/one
equal "$(tail -n 1 BUILD/CP/etc/one-too)" changed 'content by the other name'
equal "$(cd DELTA && find . -type f | sort | xargs)" './CP/etc/one-too ./CP/lib/one' 'files in DELTA'
equal "$(stat -c %i DELTA/CP/etc/one-too)" "$(stat -c %i DELTA/CP/lib/one)" inode
equal "$(tail -n 1 "$M/BASE/BUILD/CP/lib/one")" 'CP part one' 'the file of BASE'
