#!/usr/bin/env bash
# The tail of a file is copied behind its end, to a block limit and elsewhere, and both read right.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
mkdir "$M/L" "$M/L/BUILD/CP"
cd "$M/L/BUILD/CP"

head -c 278826 /dev/urandom > "$T/wanted"
for to in 1179648 1200000 393216; do
	cp "$T/wanted" file
	cp "$T/wanted" plain
	probe copy-within file 262144 16682 "$to"
	dd if="$T/wanted" of=plain iflag=skip_bytes,count_bytes oflag=seek_bytes skip=262144 count=16682 \
		seek="$to" conv=notrunc status=none
	cmp plain file
	echo more >> file
	echo more >> plain
	cmp plain file
done
cd /
remount
cmp "$M/L/BUILD/CP/plain" "$M/L/BUILD/CP/file"
