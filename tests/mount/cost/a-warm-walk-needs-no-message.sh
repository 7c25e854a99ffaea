#!/usr/bin/env bash
# A second walk over BUILD that reads every file sends the daemon no message.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
mkdir "$M/L" "$M/L/BUILD/CP"
for number in $(seq 300); do
	echo "$number" > "$M/L/BUILD/CP/$number"
done
mkdir "$M/L/BUILD/CP/dir"
ln -s x "$M/L/BUILD/CP/dir/link"
control "$M/L" lock on
walk() {
	find "$M/L/BUILD" -printf '%p %s %m\n' > /dev/null
	cat "$M"/L/BUILD/CP/[0-9]* > /dev/null
}
walk
walk
# What reading the counters and looking for L and BUILD costs by itself is taken off.
count() {
	awk '/^csmfs_messages_total\{op="(LOOKUP|GETATTR|READDIR|READDIRPLUS|READ|GETXATTR)"\}/ { sum += $2 }
		END { print sum }' "$M/.csmfs/metrics"
}
first=$(count)
second=$(count)
walk
third=$(count)
[ $((third - second)) -le $((second - first + 12)) ] || fail "$((third - second)) messages for a warm walk over 300 files"
