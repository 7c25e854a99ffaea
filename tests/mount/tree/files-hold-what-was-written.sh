#!/usr/bin/env bash
# A file reads back as it was written, also after a remount, in sizes around the block size.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
mkdir "$M/L" "$M/L/BUILD/CP"
cd "$M/L/BUILD/CP"

for size in 0 1 4095 4096 131071 131072 131073 1048577 9000001; do
	head -c "$size" /dev/urandom > "$T/$size"
	cp "$T/$size" "$size"
done
for size in 0 1 4095 4096 131071 131072 131073 1048577 9000001; do
	cmp "$T/$size" "$size"
	equal "$(stat -c %s "$size")" "$size" 'size'
done
cd /
remount
for size in 0 1 4095 4096 131071 131072 131073 1048577 9000001; do
	cmp "$T/$size" "$M/L/BUILD/CP/$size"
done
