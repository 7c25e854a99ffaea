#!/usr/bin/env bash
# Shared mappings read what was written and write what is read.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
mkdir "$M/L" "$M/L/BUILD/CP"
cd "$M/L/BUILD/CP"

head -c 300000 /dev/urandom > file
probe mmap-read file | cmp - file
probe mmap-write file 200000 'through the mapping'
equal "$(dd if=file bs=1 skip=200000 count=19 status=none)" 'through the mapping' 'bytes'
cd /
remount
equal "$(dd if="$M/L/BUILD/CP/file" bs=1 skip=200000 count=19 status=none)" 'through the mapping' \
	'bytes after a remount'
cp /bin/true "$M/L/BUILD/CP/program"
"$M/L/BUILD/CP/program"
