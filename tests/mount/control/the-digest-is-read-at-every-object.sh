#!/usr/bin/env bash
# Level, window, directory, file and link have a digest, the same in DELTA and BUILD.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M"

ln -s x L/BUILD/CP/link
echo new > L/BUILD/CP/new
for object in L L/BUILD L/BUILD/CP L/BUILD/CP/new L/APPLY BASE; do
	digest "$object" | grep -qE '^[0-9a-f]{64}$' || fail "$object has no digest"
done
equal "$(digest L/DELTA/CP/new)" "$(digest L/BUILD/CP/new)" 'digest in both windows'
equal "$(digest L/BUILD/CP/lib)" "$(digest BASE/BUILD/CP/lib)" 'digest of what was inherited'
