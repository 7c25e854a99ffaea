# A disk whose power can be cut, for the store of a mounted test; on top of mount.sh.
#
#   power_disk_begin            an empty disk at $DISK; $STORE is on it, its log is $POWER_LOG
#   power_disk_on LOG           the disk of that log at $DISK, instead of the one before
#   power_disk_off              takes it away; the store must be closed, or its daemon dead
#   power_cut PLACE LOSS SEED NEW [LOG]   NEW becomes the log of the disk that a cut at PLACE left
#   power_places FROM COUNT [LOG]         COUNT places from FROM on, in order: half of them at random,
#                                         half right behind a sync
#
# LOSS: lose, keep, prefix, any (tests/support/probe/power_cut.h).

DISK=$T/disk
POWER_LOG=$T/disk.log
POWER_DISK=
power_program=$BUILD/power_disk

# Built once and shared by tests that run side by side: made aside, renamed over.
power_disk_build()
{
	local sources=("$ROOT"/tests/support/probe/power_*.c) source

	for source in "${sources[@]}"; do
		[ ! -x "$power_program" ] || [ "$source" -nt "$power_program" ] || continue
		"${CC:-cc}" -std=gnu11 -O2 -Wall -Wextra -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DFUSE_USE_VERSION=314 \
			-I"$ROOT" -o "$power_program.$$" "${sources[@]}" $(pkg-config --cflags --libs fuse3)
		mv "$power_program.$$" "$power_program"
		return
	done
}

power_disk_on()
{
	local tries=0

	"$power_program" serve "$1" "$DISK" >>"$T/disk.said" 2>&1 </dev/null &
	POWER_DISK=$!
	until mounted "$DISK"; do
		kill -0 "$POWER_DISK" 2>/dev/null || fail "the disk is not mounted: $(cat "$T/disk.said")"
		tries=$((tries + 1))
		[ "$tries" -lt 1200 ] || fail "the disk is not mounted"
		sleep 0.02
	done
}

# A daemon that was just killed may still have its files open.
power_disk_off()
{
	local tries=0

	until umount "$DISK" 2>/dev/null; do
		tries=$((tries + 1))
		[ "$tries" -lt 600 ] || fail "umount $DISK"
		sleep 0.05
	done
	wait "$POWER_DISK" || fail "the disk ended with $?: $(cat "$T/disk.said")"
	POWER_DISK=
}

power_disk_begin()
{
	power_disk_build
	mkdir -p "$DISK"
	: >"$POWER_LOG"
	power_disk_on "$POWER_LOG"
	STORE=$DISK/store
}

power_cut()
{
	"$power_program" cut "${5:-$POWER_LOG}" "$1" "$2" "$3" "$4"
}

power_places()
{
	"$power_program" list "${3:-$POWER_LOG}" | awk -v from="$1" -v count="$2" -v seed="$RANDOM" '
		$1 + 0 >= from + 0 { place[++places] = $1; if ($2 == "sync") sync[++syncs] = $1 }
		END {
			srand(seed)
			for (i = 0; i < count && places; i++)
				print i % 2 && syncs ? sync[1 + int(rand() * syncs)] : place[1 + int(rand() * places)]
		}' | sort -n
}
