#!/usr/bin/env bash
# The disk is full while files are made, written, synced and renamed, levels made and locked, packages
# built and DELTA edited: whoever writes is told, each operation is done or not done, reading goes on,
# and what is deleted gives its space back. The check is clean each time.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

store_on_disk 90M
component "$M/BASE" CP
head -c 300000 /dev/urandom > "$M/BASE/BUILD/CP/bytes"
control "$M/BASE" lock on
mkdir "$M/L" "$M/FULL"
head -c 3000000 /dev/urandom > "$M/L/BUILD/CP/part"
mkdir "$M/FULL/BUILD/CP/filled"
cd "$M"

# told COMMAND...: it may be done, or refused because the disk is full; nothing else.
told()
{
	if "$@" 2> "$T/said"; then
		return 0
	fi
	grep -q 'No space left on device' "$T/said" || fail "$*: $(cat "$T/said")"
	return 1
}

# All that writes may take: first blobs, then, when others took the last byte, rows as well.
fill()
{
	local count=0 before=-1

	# what waits to be stored is taken to be larger than it gets: stored, it may leave room for more
	while [ "$count" -ne "$before" ]; do
		before=$count
		while head -c 500000 /dev/urandom > "FULL/BUILD/CP/filled/file$count" 2> /dev/null; do
			count=$((count + 1))
			[ "$count" -lt 400 ] || fail 'the disk does not get full'
		done
		sync FULL/BUILD/CP/filled/file[0-9]* L/BUILD/CP/* 2> /dev/null || true
	done
	[ "$1" = blobs ] || cat /dev/zero > "$T/disk/others" 2> /dev/null || true
}

# Each operation, and what must be true whether it was done or not.
work()
{
	local level

	if told mkdir "LEVEL_$1"; then
		equal "$(cat "LEVEL_$1/BUILD/CP/program")" 'CP program' 'a new level'
		told rmdir "LEVEL_$1" || true
	else
		[ ! -e "LEVEL_$1" ] || fail 'half a level'
	fi
	if told mkdir L/PACKAGE; then
		[ -s L/PACKAGE/MANIFEST ] || fail 'a package without MANIFEST'
		told rm -r L/PACKAGE || true
	else
		[ ! -e L/PACKAGE ] || fail 'half a package'
	fi
	if told control L lock on; then
		equal "$(control L lock)" on 'the lock'
		told control L lock off || true
	else
		equal "$(control L lock)" off 'the lock'
	fi
	for level in L/BUILD L/DELTA; do
		[ -d "$level/CP" ] || continue
		told mkdir "$level/CP/dir" || [ ! -e "$level/CP/dir" ] || fail 'half a directory'
		told cp L/BUILD/CP/program "$level/CP/copy" || true
		told mv "$level/CP/part" "$level/CP/moved" || true
		[ -e "$level/CP/part" ] || told mv "$level/CP/moved" "$level/CP/part" || true
		[ -e "$level/CP/part" ] || [ -e "$level/CP/moved" ] || fail 'a rename lost the file'
		told dd if=/dev/urandom of="$level/CP/more" bs=200000 count=3 conv=fsync status=none || true
		told setfattr -n user.note -v text "$level/CP/part" || true
		told sync "$level/CP/part" || true
		told rm -f "$level/CP/more" "$level/CP/copy" || true
		told rm -rf "$level/CP/dir" || true
		[ -e "$level/CP/part" ] || mv "$level/CP/moved" "$level/CP/part" 2> /dev/null || true
	done
	told rm -f L/BUILD/CP/bytes || true
	told rm -f L/DELTA/CP/bytes || true
	equal "$(cat L/BUILD/CP/program)" 'CP program' 'reading'
	equal "$(cmp BASE/BUILD/CP/bytes "$T/bytes" && echo equal)" equal 'the bytes of BASE'
	[ -e L/BUILD/CP/part ] && part=L/BUILD/CP/part || part=L/BUILD/CP/moved
	equal "$(sha256sum < "$part")" "$sum" 'the bytes of L'
}

cp BASE/BUILD/CP/bytes "$T/bytes"
sum=$(sha256sum < L/BUILD/CP/part)
for kind in blobs rows; do
	fill "$kind"
	told dd if=/dev/urandom of=L/BUILD/CP/none bs=1000000 count=1 status=none && fail 'the disk is not full'
	work "$kind"
	sha256sum FULL/BUILD/CP/filled/file[0-9]* > "$T/sums"
	cd /
	unmount_store
	if [ "$kind" = rows ]; then
		refused ENOSPC fsck.csmfs -n "$STORE"
		refused ENOSPC csmfs "$STORE" "$M"
		rm "$T/disk/others"
	fi
	fsck.csmfs -n "$STORE" > "$T/fsck" 2>&1 || fail "$kind: $(cat "$T/fsck")"
	mount_store
	cd "$M"
	sha256sum --quiet -c "$T/sums"
	equal "$(ls -A L/BUILD | xargs)" CP 'components of L'
	rm FULL/BUILD/CP/filled/file[0-9]*
	for ((tries = 0; ; tries++)); do
		! head -c 30000000 /dev/urandom > L/BUILD/CP/again 2> /dev/null || break
		[ "$tries" -lt 120 ] || fail "$kind: the space does not come back"
		sleep 1
	done
	rm L/BUILD/CP/again
	[ -e L/BUILD/CP/part ] || mv L/BUILD/CP/moved L/BUILD/CP/part
	for ((tries = 0; ; tries++)); do
		! mkdir L/PACKAGE 2> /dev/null || break
		[ "$tries" -lt 120 ] || fail "$kind: no package although there is space"
		sleep 1
	done
	rm -r L/PACKAGE
done
rm -r L/BUILD/CP
rmdir FULL L
cd /
unmount_store
fsck.csmfs -n "$STORE"
