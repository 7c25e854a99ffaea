#!/usr/bin/env bash
# O_DIRECT reads and writes the same bytes as the page cache.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
mkdir "$M/L" "$M/L/BUILD/CP"
cd "$M/L/BUILD/CP"

head -c 1M /dev/urandom > "$T/bytes"
dd if="$T/bytes" of=file bs=64k oflag=direct status=none
cmp "$T/bytes" file
dd if=file of="$T/back" bs=64k iflag=direct status=none
cmp "$T/bytes" "$T/back"
