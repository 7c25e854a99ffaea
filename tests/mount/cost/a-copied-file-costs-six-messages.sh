#!/usr/bin/env bash
# cp -a makes a file with six messages, not counted those about extended attributes, of which ACLs are some.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
mkdir "$M/L" "$M/L/BUILD/CP" "$T/few" "$T/many"
for number in $(seq 200); do
	echo "$number" > "$T/many/$number"
done
for number in 1 2 3; do
	echo "$number" > "$T/few/$number"
done
# cost DIRECTORY: messages of its copy, by and by; those about attributes apart
cost() {
	local before

	before=$(messages XATTR)
	cp -a "$T/$1" "$M/L/BUILD/CP/"
	echo $(($(messages XATTR) - before))
}
cost few > /dev/null
rm -r "$M/L/BUILD/CP/few"
few=$(cost few)
many=$(cost many)
# what a directory and the counters cost is in both
[ $((many - few)) -le $((6 * 197)) ] || fail "$((many - few)) messages for 197 files"
