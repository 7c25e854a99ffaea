#!/usr/bin/env bash
# Others take the last byte of the store's disk: every change is refused, reading goes on; when they
# leave, so does writing, without a new mount.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

store_on_disk 60M
mkdir "$M/BASE/BUILD/CP"
cd "$M/BASE/BUILD/CP"

for i in 1 2 3; do
	head -c 500000 /dev/urandom > "file$i"
	sync "file$i"
done
sha256sum file* > "$T/sums"
cat /dev/zero > "$T/disk/others" 2> /dev/null || true
for ((i = 0; i < 1000; i++)); do
	mkdir "dir$i" 2> /dev/null || break
done
refused ENOSPC mkdir full
refused ENOSPC rm file1
refused ENOSPC mkdir "$M/L"
sync file2 2> /dev/null || true
sha256sum --quiet -c "$T/sums"
rm "$T/disk/others"
within_a_minute 'nothing can be written again' mkdir again
echo new > again/file
sync again/file
mkdir "$M/L"
cd /
unmount_store
fsck.csmfs "$STORE" > /dev/null
mount_store
equal "$(cat "$M/BASE/BUILD/CP/again/file")" new 'what was written again'
(cd "$M/BASE/BUILD/CP" && sha256sum --quiet -c "$T/sums")
unmount_store
