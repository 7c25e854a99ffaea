#!/usr/bin/env bash
# kill -9 while a package is built leaves no package, and the next one is built.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M/L"

for number in 1 2 3 4 5 6; do
	head -c 8M /dev/urandom > "BUILD/CP/$number"
done
sync -f .
cd /
mkdir "$M/L/PACKAGE" 2> /dev/null &
packaging=$!
sleep 0.1
kill_daemon
wait "$packaging" && fail 'the package was built before the daemon was killed'
mount_store
equal "$(ls "$M/L" | xargs)" 'APPLY BUILD DELTA' 'names in the level'
mkdir "$M/L/PACKAGE"
cd "$M/L/PACKAGE"
grep -F CP.SERVLINK MANIFEST | grep -qF "$(sha256sum < CP.SERVLINK | cut -d ' ' -f 1)" || fail 'the sum is wrong'
