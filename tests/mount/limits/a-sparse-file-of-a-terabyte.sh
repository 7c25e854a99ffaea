#!/usr/bin/env bash
# A file of 1 TiB with a few bytes is written, seeked, copied, cut, compared and read at the cost of these
# bytes. (Its package is not: the SHA-256 of a hole is that of its zeros, and takes its time.)
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"
program=$(built probe)
size=1099511627776

new_store
mount_store
mkdir "$M/BASE/BUILD/CP"
cd "$M/BASE/BUILD/CP"
truncate -s "$size" file
printf middle | dd of=file bs=1 seek=$((size / 2)) conv=notrunc status=none
printf last | dd of=file bs=1 seek=$((size - 4)) conv=notrunc status=none
equal "$(stat -c %s file)" "$size" size
[ "$(stat -c %b file)" -le 1024 ] || fail "$(stat -c %b file) blocks"
cp --sparse=always --reflink=never file seeked
cp -a file copied
: > ranged
"$program" copy-range file ranged
for copy in seeked copied ranged; do
	equal "$(stat -c %s "$copy")" "$size" "size of $copy"
	[ "$(stat -c %b "$copy")" -le 1024 ] || fail "$(stat -c %b "$copy") blocks of $copy"
	equal "$(digest "$copy")" "$(digest file)" "the digest of $copy"
	equal "$(dd if="$copy" bs=1 skip=$((size / 2)) count=6 status=none)" middle "the middle of $copy"
done
fallocate -p -o $((size / 4)) -l $((size / 2)) file
equal "$(dd if=file bs=1 skip=$((size / 2)) count=6 status=none | tr '\0' 0)" 000000 'a hole punched'
equal "$(tail -c 4 file)" last 'the end'
truncate -s 3 copied
truncate -s "$size" copied
equal "$(stat -c %b copied)" 0 'blocks of a file cut and extended'
control "$M/BASE" lock on
mkdir "$M/L"
printf 'in L' | dd of="$M/L/BUILD/CP/file" bs=1 seek=$((size / 3)) conv=notrunc status=none
equal "$(dd if="$M/L/DELTA/CP/file" bs=1 skip=$((size - 4)) count=4 status=none)" last 'what L inherits'
equal "$(dd if=file bs=1 skip=$((size / 3)) count=4 status=none | tr '\0' 0)" 0000 'what BASE has'
rm "$M/L/BUILD/CP/ranged"
memory=$(awk '/^VmHWM/ { print $2 }' "/proc/$DAEMON/status")
case $BUILD in
*/asan* | */tsan*) ;;
*) [ "$memory" -lt 150000 ] || fail "the daemon took $memory KiB" ;;
esac
cd /
unmount_store
fsck.csmfs -n "$STORE"
