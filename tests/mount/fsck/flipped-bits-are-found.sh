#!/usr/bin/env bash
# A bit that turned over in the database is found, with exit code 4, wherever it is in the content.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
mkdir "$M/BASE/BUILD/CP"
head -c 20000000 /dev/urandom > "$M/BASE/BUILD/CP/bytes"
unmount_store
mount_store
unmount_store
fsck.csmfs "$STORE"
largest=$(find "$STORE/db" -type f -printf '%s %p\n' | sort -n | tail -n 1 | cut -d ' ' -f 2-)
size=$(stat -c %s "$largest")
[ "$size" -gt 1000000 ] || fail "the content is not where it was thought to be: $size bytes in $largest"
cp -a "$STORE" "$T/whole"
for part in 2 3 4; do
	rm -rf "$STORE"
	cp -a "$T/whole" "$STORE"
	at=$((size / part))
	byte=$(od -An -tu1 -j "$at" -N 1 "$largest")
	# shellcheck disable=SC2059
	printf "\\x$(printf %02x $((byte ^ 4)))" | dd of="$largest" bs=1 seek="$at" conv=notrunc status=none
	status=0
	fsck.csmfs -n "$STORE" > "$T/said" 2>&1 || status=$?
	equal "$status" 4 "exit code, having said: $(cat "$T/said")"
	grep -qE '^(fsck.csmfs: .*|720/.*|version .*)' "$T/said" || fail "said: $(cat "$T/said")"
done
