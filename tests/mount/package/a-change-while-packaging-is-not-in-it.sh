#!/usr/bin/env bash
# What is written after mkdir PACKAGE began makes the package stale, it never tears it.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M/L"

for number in 1 2 3 4; do
	head -c 4M /dev/urandom > "BUILD/CP/$number"
done
sync -f .
mkdir PACKAGE &
packaging=$!
for try in $(seq 20); do
	echo "$try" > BUILD/CP/counter
done
wait "$packaging"
grep -F CP.SERVLINK PACKAGE/MANIFEST | grep -qF "$(sha256sum < PACKAGE/CP.SERVLINK | cut -d ' ' -f 1)" ||
	fail 'the sum is wrong'
lz4 -dc PACKAGE/CP.SERVLINK | tar -xOf - CP/4 | cmp - BUILD/CP/4
echo last > BUILD/CP/counter
refused EPERM setfattr -n user.csmfs.state -v STABLE .
