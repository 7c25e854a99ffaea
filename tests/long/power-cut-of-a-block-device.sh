#!/usr/bin/env bash
# The power goes under a store on ext4, on a block device whose writes and flushes are logged as they came
# (qemu-storage-daemon's blklogwrites): at any place of that log, with the writes after the last
# flush lost, kept, or there by sectors. The file system replays its journal; then fsck.csmfs is
# clean, and all that was acknowledged is there.
#
# CUTS=100 cuts as often, SEED=N takes other places.
. "${0%/*}/../support/mount.sh"
. "$ROOT/tests/support/levels.sh"
. "$ROOT/tests/support/long.sh"
. "$ROOT/tests/support/crash_load.sh"

packages qemu-system-common e2fsprogs
RANDOM=${SEED:-1}
cuts=${CUTS:-100}
losses=(lose any keep)
DISK=$T/disk
STORE=$DISK/store
mkdir "$DISK"

# ---- the device that is logged ----

step 'a block device whose writes are logged'
truncate -s 1G "$T/begin.img"
mkfs.ext4 -q -F "$T/begin.img"
cp --sparse=always "$T/begin.img" "$T/device.img"
: >"$T/device.log"
: >"$T/export"
qemu-storage-daemon --blockdev driver=file,node-name=device,filename="$T/device.img" \
	--blockdev driver=file,node-name=log,filename="$T/device.log" \
	--blockdev driver=blklogwrites,node-name=logged,file=device,log=log \
	--export "fuse,id=export,node-name=logged,mountpoint=$T/export,writable=on" >"$T/device.said" 2>&1 &
device=$!
later kill "$device"
later umount -q -l "$DISK"
tries=0
until mounted "$T/export"; do
	kill -0 "$device" 2>/dev/null || fail "the device is not there: $(cat "$T/device.said")"
	tries=$((tries + 1))
	[ "$tries" -lt 600 ] || fail 'the device is not there'
	sleep 0.05
done
mount -o loop "$T/export" "$DISK"
POWER_LOG=$T/device.log

step 'a load, and kills'
new_store
mount_store
load_begin
control "$M/W" description 'the set-up is on disk'
begin=$(disk_place)
for bytes in 40000000 20000000 10000000; do
	until=$(($(disk_place) + bytes))
	load_start
	until [ "$(disk_place)" -ge "$until" ] || [ -e "$T/unexpected" ]; do
		sleep 0.1
	done
	touch "$T/killed"
	kill_daemon
	load_end
	umount "$M"
	mount_store
	check_levels "round $round"
	resume
	WRITERS=$((WRITERS / 2))
done
unmount_store
end=$(disk_place)
umount "$DISK"

# ---- cuts ----

"${CC:-cc}" -std=gnu11 -O2 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -o "$T/block_cut" \
	"$ROOT/tests/support/probe/block_cut.c"

# Half of the places are those at which a level operation returned.
places()
{
	awk -v begin="$begin" -v end="$end" -v cuts="$cuts" -v seed="$RANDOM" '
		$2 + 0 >= begin + 0 { place[++count] = $2 }
		END {
			srand(seed)
			for (i = 0; i < cuts; i++)
				printf "%d\n", i % 2 ? place[1 + int(rand() * count)] : begin + rand() * (end - begin)
		}' "$T/done" | sort -n
}

step "the power is cut $cuts times"
cut=0
for place in $(places); do
	loss=${losses[cut % 3]}
	cut=$((cut + 1))
	seed=$RANDOM
	what="cut $cut at $place ($loss, seed $seed)"
	cp --sparse=always "$T/begin.img" "$T/cut.img"
	"$T/block_cut" "$POWER_LOG" "$place" "$loss" "$seed" "$T/cut.img"
	mount -o loop "$T/cut.img" "$DISK"
	fsck.csmfs -n "$STORE" >"$T/fsck.said" 2>&1 || fail "$what: fsck: $(cat "$T/fsck.said")"
	mount_store
	check_levels "$what" "$place"
	check_files "$what" "$place"
	unmount_store
	umount "$DISK"
done
[ "$looked_at" -gt 0 ] && [ "$number" -gt 10 ] || fail 'nothing was done'
echo "$cut cuts of a block device, in a log of $end bytes; $looked_at acknowledged writes looked at," \
	"$number level operations in the load"
passed=$cut
finish
