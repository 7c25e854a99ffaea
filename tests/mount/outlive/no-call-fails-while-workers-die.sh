#!/usr/bin/env bash
# Workers are killed under readers and writers, some also while they start: no call fails, and every byte and size
# is what was written.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"
. "$ROOT/tests/support/outlive.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
for i in 0 1 2; do
	mkdir "$M/L/BUILD/CP/$i"
	load data "$M/L/BUILD/CP/$i" "$((RANDOM + i))" "$((i == 0))"
done
deaths "${KILLS:-25}"
end_loads
[ "$(metric csmfs_worker_starts_total)" -gt "${KILLS:-25}" ] || fail 'too few workers were started'
unmount_store
fsck.csmfs -n "$STORE"
