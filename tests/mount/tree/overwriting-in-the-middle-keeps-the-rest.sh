#!/usr/bin/env bash
# Writing a few bytes across a block boundary changes these bytes alone.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
mkdir "$M/L" "$M/L/BUILD/CP"
cd "$M/L/BUILD/CP"

head -c 400000 /dev/urandom > "$T/wanted"
cp "$T/wanted" file
for file in "$T/wanted" file; do
	echo 'a few bytes across the boundary' |
		dd of="$file" bs=1 seek=131060 conv=notrunc status=none
done
cmp "$T/wanted" file
cd /
remount
cmp "$T/wanted" "$M/L/BUILD/CP/file"
