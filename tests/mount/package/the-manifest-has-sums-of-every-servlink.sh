#!/usr/bin/env bash
# MANIFEST names each SERVLINK with its size and SHA-256, and each changed path.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M/L"

echo changed > BUILD/CP/program
rm BUILD/TCPIP/lib/two
mkdir PACKAGE
for servlink in CP TCPIP; do
	line=$(grep -F "$servlink.SERVLINK" PACKAGE/MANIFEST)
	echo "$line" | grep -qF "$(sha256sum < "PACKAGE/$servlink.SERVLINK" | cut -d ' ' -f 1)" ||
		fail "the sum of $servlink.SERVLINK is not in: $line"
	echo "$line" | grep -qwF "$(stat -c %s "PACKAGE/$servlink.SERVLINK")" ||
		fail "the size of $servlink.SERVLINK is not in: $line"
done
grep -F CP/program PACKAGE/MANIFEST | grep -qF "$(sha256sum < BUILD/CP/program | cut -d ' ' -f 1)" ||
	fail 'the sum of the changed file is missing'
grep -F TCPIP/lib/two PACKAGE/MANIFEST | grep -qw whiteout || fail 'the deleted file is no whiteout'
