#!/usr/bin/env bash
# Reading a small file that the kernel knows nothing of costs one look-up and one read; behind readdirplus only the read.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
mkdir "$M/L" "$M/L/BUILD/CP"
for number in $(seq 100); do
	echo "$number" > "$M/L/BUILD/CP/$number"
done
cd /
remount
# What looking at the counters costs is taken off.
cost() {
	local before between

	messages none > /dev/null
	before=$(messages none)
	between=$(messages none)
	cat "$@" > /dev/null
	echo $(($(messages none) - between - (between - before)))
}
stat "$M/L/BUILD/CP" > /dev/null
cd "$M/L/BUILD/CP"
cost 1 > /dev/null # the first open of a mount asks whether it has to
few=$(cost 2 3 4 5 6 7 8 9 10 11)
[ "$few" -le 20 ] || fail "$few messages for 10 files"
ls -l > /dev/null
listed=$(cost 21 22 23 24 25 26 27 28 29 30)
[ "$listed" -le 10 ] || fail "$listed messages for 10 files behind readdirplus"
cd /
