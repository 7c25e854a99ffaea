#!/usr/bin/env bash
# Many fsyncs at once need fewer syncs of the store than there are.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
mkdir "$M/L" "$M/L/BUILD/CP"
cd "$M/L/BUILD/CP"
for number in $(seq 64); do
	echo "$number" > "$number"
done
before=$(metric csmfs_syncs_total)
for number in $(seq 64); do
	sync "$number" &
	syncers+=($!)
done
wait "${syncers[@]}"
syncs=$(($(metric csmfs_syncs_total) - before))
[ "$syncs" -ge 1 ] || fail 'no sync at all'
[ "$syncs" -le 64 ] || fail "$syncs syncs for 64 fsyncs"
