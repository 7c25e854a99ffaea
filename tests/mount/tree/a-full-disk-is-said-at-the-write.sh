#!/usr/bin/env bash
# On a full disk write(2) says so, nothing that was taken is lost, and rm makes room again while mounted.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

store_on_disk 80M
mkdir "$M/BASE/BUILD/CP"
cd "$M/BASE/BUILD/CP"

echo kept > kept
count=0
while head -c 1000000 /dev/urandom > "file$count" 2> /dev/null; do
	count=$((count + 1))
	[ "$count" -lt 200 ] || fail 'the disk does not get full'
done
refused ENOSPC dd if=/dev/urandom of=more bs=1000000 count=1 status=none
rm -f more "file$count"
for ((i = 0; i < count; i++)); do
	equal "$(stat -c %s "file$i")" 1000000 "size of file$i"
done
sha256sum file* > "$T/sums"
rm file*[02468]
for ((tries = 0; ; tries++)); do
	! head -c 10000000 /dev/urandom > again 2> /dev/null || break
	[ "$tries" -lt 60 ] || fail 'the space does not come back'
	sleep 1
done
cd /
unmount_store
fsck.csmfs "$STORE" > /dev/null
mount_store
cd "$M/BASE/BUILD/CP"
equal "$(cat kept)" kept 'what was there before'
equal "$(stat -c %s again)" 10000000 'what was written after'
grep '[13579]$' "$T/sums" | sha256sum --quiet -c
cd /
unmount_store
