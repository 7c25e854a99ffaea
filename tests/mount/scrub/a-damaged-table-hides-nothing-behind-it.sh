#!/usr/bin/env bash
# A bit turned over in a table of rows: reading what it has gives EIO, scrub and fsck tell it by the
# level, and go on behind it: a damaged chunk of the same level is found as well.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"
. "$ROOT/tests/support/scrub.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
mkdir "$M/L/BUILD/CP/many"
for i in {1..4000}; do
	echo "$i" > "$M/L/BUILD/CP/many/a-name-that-is-not-short-$i"
done
marked_file "$M/L/BUILD/CP/part" of-the-level
remount
unmount_store
table=$(find "$STORE/db" -name '*.sst' -printf '%s %p\n' | sort -n | tail -n 1 | cut -d ' ' -f 2-)
size=$(stat -c %s "$table")
[ "$size" -gt 200000 ] || fail "the table of rows is not what it was thought to be: $size bytes"
at=$((size * 7 / 10))
byte=$(od -An -tu1 -j "$at" -N 1 "$table")
# shellcheck disable=SC2059
printf "\\x$(printf %02x $((byte ^ 4)))" | dd of="$table" bs=1 seek="$at" conv=notrunc status=none
flip_marked of-the-level
mount_store
scrubbed
finding '^:OBJECT\.720/L .*'
finding '^:WHAT\.the rows behind this one cannot be read$'
finding '^:OBJECT\.720/L CP/part$'
finding '^:WHAT\.a chunk cannot be read$'
refused EIO sh -c 'cat "$1"/* >/dev/null' sh "$M/L/BUILD/CP/many"
unmount_store
status=0
fsck.csmfs -n "$STORE" > "$T/said" 2>&1 || status=$?
equal "$status" 4 "exit code of fsck, having said: $(cat "$T/said")"
grep -q '^720/L .*: the rows behind this one cannot be read' "$T/said" || fail "fsck said: $(cat "$T/said")"
grep -q '^720/L CP/part: a chunk cannot be read' "$T/said" || fail "fsck said: $(cat "$T/said")"
