#!/usr/bin/env bash
# A page changed by mmap(2) that finds no room: msync, fsync or close says so, whichever comes first, and
# the file shows what is stored; when there is room again the same change is taken.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

store_on_disk 60M
mkdir "$M/BASE/BUILD/CP"
cd "$M/BASE/BUILD/CP"

head -c 300000 /dev/urandom > "$T/stored"
for call in msync fsync close; do
	cp "$T/stored" "$call"
	sync "$call"
done
cat /dev/zero > "$T/disk/others" 2> /dev/null || true
refused ENOSPC dd if=/dev/urandom of=msync bs=4096 count=1 seek=40 conv=notrunc status=none

for call in msync fsync close; do
	equal "$(printf 'change\n%s\n' "$call" | probe mmap-steps "$call" 200000 'never stored' | xargs)" \
		'ok ok ENOSPC' "$call on a full disk"
	for ((tries = 0; ; tries++)); do
		! cmp -s "$T/stored" "$call" || break
		[ "$tries" -lt 200 ] || fail "$call shows what was not stored"
		sleep 0.1
	done
done

rm "$T/disk/others"
within_a_minute 'nothing is taken again' probe mmap-write msync 200000 'taken at last'
cd /
remount
equal "$(dd if="$M/BASE/BUILD/CP/msync" bs=1 skip=200000 count=13 status=none)" 'taken at last' 'what was taken'
cmp "$T/stored" "$M/BASE/BUILD/CP/fsync"
cmp "$T/stored" "$M/BASE/BUILD/CP/close"
unmount_store
