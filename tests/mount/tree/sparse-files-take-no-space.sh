#!/usr/bin/env bash
# A file larger than 4 GiB with a few bytes in it takes next to nothing and reads right.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
mkdir "$M/L" "$M/L/BUILD/CP"
cd "$M/L/BUILD/CP"

truncate -s 6G file
echo 'far out' | dd of=file bs=1 seek=5000000000 conv=notrunc status=none
equal "$(stat -c %s file)" 6442450944 'size'
[ "$(stat -c %b file)" -le 1024 ] || fail "$(stat -c %b file) blocks for one line of text"
equal "$(dd if=file bs=1 skip=5000000000 count=7 status=none)" 'far out' 'the bytes'
cd /
remount
cd "$M/L/BUILD/CP"
equal "$(dd if=file bs=1 skip=5000000000 count=7 status=none)" 'far out' 'the bytes after a remount'
equal "$(dd if=file bs=1M skip=4000 count=1 status=none | tr -d '\0' | wc -c)" 0 'bytes in the hole'
