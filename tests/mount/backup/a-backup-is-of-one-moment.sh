#!/usr/bin/env bash
# A backup made while others write is a state between begin and end of the mkdir, whole and clean:
# what fsync acknowledged before is in it, of two files written one after the other the second is
# never ahead, and levels and packages fit together.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/LOAD" "$T/copy"

write_numbers()
{
	local i

	cd "$M/LOAD/BUILD/CP"
	for ((i = 1; ; i++)); do
		printf '%08d' "$i" | dd of=first conv=notrunc,fsync status=none
		printf '%08d' "$i" | dd of=second conv=notrunc,fsync status=none
		echo "$i" > "$T/acknowledged.new"
		mv "$T/acknowledged.new" "$T/acknowledged"
	done
}

write_trees()
{
	local i

	for ((i = 0; ; i++)); do
		mkdir "$M/L$i"
		cp -r /usr/include/linux "$M/L$i/BUILD/CP/headers"
		mkdir "$M/L$i/PACKAGE"
		rm -r "$M/L$i/PACKAGE"
		rmdir "$M/L$i"
	done
}

printf '%08d' 0 > "$M/LOAD/BUILD/CP/first"
cp "$M/LOAD/BUILD/CP/first" "$M/LOAD/BUILD/CP/second"
echo 0 > "$T/acknowledged"
write_numbers 2> /dev/null &
numbers=$!
write_trees 2> /dev/null &
trees=$!
later kill "$numbers" "$trees"

for ((round = 0; round < 4; round++)); do
	wanted=$((round * 20))
	until [ "$(cat "$T/acknowledged")" -ge "$wanted" ]; do sleep 0.05; done
	before=$(cat "$T/acknowledged")
	mkdir "$M/.csmfs/backups/B$round"
	after=$(cat "$T/acknowledged")
	printf '%s %s\n' "$before" "$after" > "$T/range.B$round"
done
kill "$numbers" "$trees"
wait "$numbers" "$trees" 2> /dev/null || true
equal "$(ls "$M/.csmfs/backups" | xargs)" 'B0 B1 B2 B3' backups

for ((round = 0; round < 4; round++)); do
	read -r before after < "$T/range.B$round"
	fsck.csmfs -n "$STORE/backups/B$round" > /dev/null || fail "fsck of B$round"
	try_mount "$STORE/backups/B$round" "$T/copy" -o ro
	first=$((10#$(cat "$T/copy/LOAD/BUILD/CP/first")))
	second=$((10#$(cat "$T/copy/LOAD/BUILD/CP/second")))
	if [ "$second" -lt "$before" ] || [ "$first" -gt $((after + 1)) ]; then
		fail "B$round has $first and $second, begun after $before, done before $((after + 1))"
	fi
	[ $((first - second)) -eq 0 ] || [ $((first - second)) -eq 1 ] || fail "B$round: $first, then $second"
	umount "$T/copy"
done
unmount_store
fsck.csmfs -n "$STORE" > /dev/null
