#!/usr/bin/env bash
# kill -9 in the middle of a backup leaves none, or a whole one; what was half made is gone after the
# next start, and the earlier backup is as it was.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
mkdir "$M/BASE/BUILD/CP"
echo kept > "$M/BASE/BUILD/CP/kept"
mkdir "$M/.csmfs/backups/KEPT"

cut=0
for ((round = 0; round < 5; round++)); do
	head -c 12000000 /dev/urandom > "$M/BASE/BUILD/CP/bytes"
	mkdir "$M/.csmfs/backups/B$round" 2> /dev/null &
	making=$!
	until [ -e "$STORE/backups/.new" ] || [ -e "$STORE/backups/B$round" ]; do :; done
	kill_daemon
	wait "$making" 2> /dev/null || true
	[ ! -e "$STORE/backups/.new" ] || cut=$((cut + 1))
	mount_store
	[ ! -e "$STORE/backups/.new" ] || fail 'what was half made is still there'
	if [ -e "$M/.csmfs/backups/B$round" ]; then
		fsck.csmfs -n "$STORE/backups/B$round" > /dev/null || fail "B$round is shown and not whole"
		rmdir "$M/.csmfs/backups/B$round"
	fi
	equal "$(ls -A "$M/.csmfs/backups")" KEPT 'what is shown'
	equal "$(ls -A "$STORE/backups")" KEPT 'what is there'
done
[ "$cut" -gt 0 ] || fail 'no backup was cut'
fsck.csmfs -n "$STORE/backups/KEPT" > /dev/null
mkdir "$M/.csmfs/backups/B0"
unmount_store
fsck.csmfs -n "$STORE" > /dev/null
fsck.csmfs -n "$STORE/backups/B0" > /dev/null
