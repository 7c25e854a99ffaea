#!/usr/bin/env bash
# Nothing is written, added or renamed in a package.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M/L"

echo x > BUILD/CP/new
mkdir PACKAGE
cp -r PACKAGE "$T/wanted"
for attempt in 'echo x >> PACKAGE/MANIFEST' 'echo x > PACKAGE/CP.SERVLINK' 'truncate -s 0 PACKAGE/MANIFEST' \
	'touch PACKAGE/new' 'mv PACKAGE/MANIFEST PACKAGE/OTHER' 'mv PACKAGE OTHER' 'mkdir PACKAGE/dir' \
	'ln BUILD/CP/new PACKAGE/new' 'chmod 600 PACKAGE/MANIFEST'; do
	if sh -c "$attempt" 2> /dev/null; then fail "not refused: $attempt"; fi
done
diff -r "$T/wanted" PACKAGE
