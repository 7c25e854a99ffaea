#!/usr/bin/env bash
# SEEK_DATA and SEEK_HOLE find what is written, so copies stay sparse.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
mkdir "$M/L" "$M/L/BUILD/CP"
cd "$M/L/BUILD/CP"

truncate -s 8M file
echo data | dd of=file bs=1 seek=4194304 conv=notrunc status=none
equal "$(probe seek hole file 0)" 0 'the first hole'
start=$(probe seek data file 0)
end=$(probe seek hole file "$start")
[ "$start" -le 4194304 ] && [ "$start" -ge 4063232 ] || fail "data starts at $start"
[ "$end" -ge 4194309 ] && [ "$end" -le 4325376 ] || fail "data ends at $end"
refused ENXIO probe seek data file 5242880
refused ENXIO probe seek data file 8388608
cp --sparse=auto file copy
cmp file copy
[ "$(stat -c %b copy)" -le 1024 ] || fail 'the copy is not sparse'
