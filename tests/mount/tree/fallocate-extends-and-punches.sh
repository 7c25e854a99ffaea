#!/usr/bin/env bash
# fallocate extends, keeps the size when asked, punches holes and zeroes ranges.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
mkdir "$M/L" "$M/L/BUILD/CP"
cd "$M/L/BUILD/CP"

fallocate -l 200000 file
equal "$(stat -c %s file)" 200000 'size after extending'
fallocate -n -l 900000 file
equal "$(stat -c %s file)" 200000 'size with KEEP_SIZE'
head -c 1000000 /dev/zero | tr '\0' x > file
fallocate -p -o 100000 -l 500000 file
equal "$(head -c 600000 file | tail -c 500000 | tr -d '\0' | wc -c)" 0 'bytes in the punched hole'
equal "$(tr -d '\0' < file | wc -c)" 500000 'bytes left'
fallocate -z -o 900000 -l 200000 file
equal "$(stat -c %s file)" 1100000 'size after zeroing over the end'
equal "$(tr -d '\0' < file | wc -c)" 400000 'bytes left after zeroing'
refused EOPNOTSUPP fallocate -c -o 0 -l 4096 file
