#!/usr/bin/env bash
# Levels are made, filled, packaged and deleted, files written and removed, their chunks collected:
# the scrub beside it takes nothing of that for damage.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"
. "$ROOT/tests/support/scrub.sh"

new_store
mount_store
base_locked
mkdir "$M/STAYS"
sample "$M/STAYS/BUILD/CP/sample"

levels_come_and_go()
{
	local round

	for round in {1..6}; do
		mkdir "$M/GONE"
		cp -a "$M/STAYS/BUILD/CP/sample" "$M/GONE/BUILD/CP/"
		head -c 2000000 /dev/urandom > "$M/GONE/BUILD/CP/large"
		mkdir "$M/GONE/PACKAGE"
		echo "$round" > "$M/GONE/BUILD/CP/later"
		rmdir "$M/GONE"
	done
}

files_come_and_go()
{
	local round

	for round in {1..150}; do
		head -c 300000 /dev/urandom > "$M/STAYS/BUILD/CP/new"
		mv "$M/STAYS/BUILD/CP/new" "$M/STAYS/BUILD/CP/old"
		dd if=/dev/urandom of="$M/STAYS/BUILD/CP/old" bs=1000 count=2 seek=$((round % 200)) \
			conv=notrunc,fsync status=none
		rm -r "$M/STAYS/BUILD/CP/copy" 2>/dev/null || true
		cp -a "$M/STAYS/BUILD/CP/sample" "$M/STAYS/BUILD/CP/copy"
	done
}

levels_come_and_go &
levels=$!
files_come_and_go &
files=$!
scrubs=0
while kill -0 "$levels" 2>/dev/null || kill -0 "$files" 2>/dev/null; do
	scrubbed
	no_findings
	scrubs=$((scrubs + 1))
done
wait "$levels"
wait "$files"
[ "$scrubs" -gt 1 ] || fail "only $scrubs scrubs meanwhile"
scrubbed
no_findings
unmount_store
fsck.csmfs -n "$STORE"
