#!/usr/bin/env bash
# stop, an unmount or kill -9: the scrub goes on behind the last chunk it had looked at. Told by
# the chunks of a whole scrub: each is counted once.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"
. "$ROOT/tests/support/scrub.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
for i in {1..40}; do
	head -c 100000 /dev/urandom > "$M/L/BUILD/CP/part-$i"
done
sync "$M"/L/BUILD/CP/part-*
scrubbed
no_findings
all=$(scrub_tag CHUNKS)
[ "$all" -gt 40 ] || fail "only $all chunks"

chunks_pass()
{
	while [ "$(scrub_tag CHUNKS)" -lt "$1" ]; do
		sleep 0.02
	done
}

scrub 'start rate=1M'
chunks_pass 3
scrub stop
equal "$(scrub_tag SCRUB)" STOPPED 'state'
stopped=$(scrub_tag CHUNKS)
[ "$stopped" -lt "$all" ] || fail "all $all chunks were looked at before the stop"
remount
equal "$(scrub_tag SCRUB)" STOPPED 'state after the remount'
equal "$(scrub_tag CHUNKS)" "$stopped" 'chunks after the remount'
scrub resume
chunks_pass $((stopped + 2))
# it runs when the store is unmounted, and goes on by itself
remount
equal "$(scrub_tag SCRUB)" RUNNING 'state after the remount'
[ "$(scrub_tag CHUNKS)" -ge $((stopped + 2)) ] || fail "went back to $(scrub_tag CHUNKS) chunks"
# what a killed daemon had done since it last noted it is done again
kill_daemon
umount -l "$M"
mount_store
equal "$(scrub_tag SCRUB)" RUNNING 'state after the kill'
scrub rate=0
scrub_ends
equal "$(scrub_tag CHUNKS)" "$all" 'chunks of both halves'
no_findings
