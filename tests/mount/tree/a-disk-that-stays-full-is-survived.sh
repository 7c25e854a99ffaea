#!/usr/bin/env bash
# A disk that others fill and keep full while changes and syncs are tried on and on, longer than RocksDB
# waits before it tries again by itself (5 seconds): each fails, the daemon lives, nothing is lost.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

store_on_disk 60M
mkdir "$M/BASE/BUILD/CP"
cd "$M/BASE/BUILD/CP"

head -c 300000 /dev/urandom > file
sync file
sha256sum file > "$T/sums"
cat /dev/zero > "$T/disk/others" 2> /dev/null || true
for ((i = 0; i < 400; i++)); do
	dd if=/dev/zero of=new bs=4096 count=1 conv=fsync status=none 2> /dev/null || true
	mkdir "dir$i" 2> /dev/null || true
	kill -0 "$DAEMON" || fail "the daemon is gone after $i changes"
	sleep 0.03
done
refused ENOSPC dd if=/dev/urandom of=file bs=4096 count=1 conv=notrunc,fsync status=none
sha256sum --quiet -c "$T/sums"
rm "$T/disk/others"
within_a_minute 'nothing can be written again' mkdir again
sync again
cd /
unmount_store
fsck.csmfs "$STORE" > /dev/null
mount_store
[ -d "$M/BASE/BUILD/CP/again" ] || fail 'what was made again is lost'
(cd "$M/BASE/BUILD/CP" && sha256sum --quiet -c "$T/sums")
unmount_store
