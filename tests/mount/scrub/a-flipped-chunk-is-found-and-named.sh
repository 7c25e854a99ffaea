#!/usr/bin/env bash
# A bit that turned over on the disk under a mounted store: reading gives EIO, and the scrub names
# the file in each level that shows it, in the findings, the log and the metrics. So does fsck.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"
. "$ROOT/tests/support/scrub.sh"

new_store
mount_store
base_locked
mkdir "$M/L" "$M/OTHER"
marked_file "$M/L/BUILD/CP/part" of-the-level
marked_file "$M/L/BUILD/CP/sound" a-sound-one
mkdir "$M/CHILD"
setfattr -n user.csmfs.basedon -v L "$M/CHILD"
mkdir "$M/REPLACED"
setfattr -n user.csmfs.basedon -v L "$M/REPLACED"
echo new > "$M/REPLACED/BUILD/CP/part"
remount
flip_marked of-the-level
refused EIO cat "$M/L/BUILD/CP/part"
refused EIO cat "$M/CHILD/BUILD/CP/part"
equal "$(cat "$M/REPLACED/BUILD/CP/part")" new 'the replaced file'
cat "$M/L/BUILD/CP/sound" >/dev/null
scrubbed
equal "$(scrub_tag FINDINGS)" 1 'number of findings'
finding '^:OBJECT\.720/L CP/part$'
finding '^:WHAT\.a chunk cannot be read; also in 720/CHILD$'
finding '^:WAYOUT\..'
equal "$(metric csmfs_scrub_findings)" 1 'metric'
expect_log 'scrub 720/L CP/part refused EIO: .*also in 720/CHILD'
# kept over a remount, until the next scrub
remount
finding '^:OBJECT\.720/L CP/part$'
unmount_store
status=0
fsck.csmfs "$STORE" > "$T/said" || status=$?
equal "$status" 4 "exit code of fsck, having said: $(cat "$T/said")"
grep -q '^720/L CP/part: a chunk cannot be read; also in 720/CHILD' "$T/said" ||
	fail "fsck said: $(cat "$T/said")"
