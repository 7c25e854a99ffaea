#!/usr/bin/env bash
# After kill -9 in the middle of a copy every file is readable and fsck is content.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
cd "$M"

mkdir L
mkdir "$T/source"
for number in $(seq 400); do
	head -c 5000 /dev/urandom > "$T/source/$number"
done
cd /
for try in 1 2 3; do
	cp -r "$T/source" "$M/L/BUILD/CP/copy-$try" 2> /dev/null &
	copy=$!
	sleep "0.$try"
	kill_daemon
	wait "$copy" || true
	mount_store
	find "$M/L/BUILD" -type f -exec cat {} + > /dev/null
	rm -rf "$M/L/BUILD/CP/copy-$try"
	equal "$(ls "$M/L/BUILD/CP" | xargs)" 'etc lib program' names
done
unmount_store
fsck.csmfs -n "$STORE"
