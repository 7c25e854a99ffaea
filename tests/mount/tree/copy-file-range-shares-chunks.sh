#!/usr/bin/env bash
# copy_file_range copies without storing the bytes again.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
mkdir "$M/L" "$M/L/BUILD/CP"
cd "$M/L/BUILD/CP"

head -c 4M /dev/urandom > file
sync file
before=$(metric csmfs_chunks_stored_total)
probe copy-range file copy
sync copy
cmp file copy
equal "$(metric csmfs_chunks_stored_total)" "$before" 'chunks stored'
echo changed | dd of=copy conv=notrunc status=none
if cmp -s file copy; then fail 'a write into the copy changed the original'; fi
