#!/usr/bin/env bash
# Who writes a file aside and renames it over another, without fsync, finds one of the two behind kill -9 of all
# processes at once, never a cut one.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
for round in 1 2 3 4; do
	for file in a b c d e f; do
		printf '%s of round %s\n' "$file" "$round" > "$M/L/BUILD/CP/aside"
		mv "$M/L/BUILD/CP/aside" "$M/L/BUILD/CP/$file"
	done
	kill_daemon
	umount -l "$M"
	mount_store
	for file in a b c d e f; do
		equal "$(cat "$M/L/BUILD/CP/$file")" "$file of round $round" "what was renamed to $file"
	done
done
