#!/usr/bin/env bash
# mkdir, mknod, symlink, link, exclusive create, rename, rmdir and unlink succeed once each while workers are killed:
# none is done twice, none is lost, in BUILD and in DELTA.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"
. "$ROOT/tests/support/outlive.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
component "$M/L" CP
for i in 0 1 2; do
	mkdir "$M/L/BUILD/CP/b$i" "$M/L/BUILD/CP/d$i"
	: >"$M/L/DELTA/CP/d$i/first"
	load names "$M/L/BUILD/CP/b$i" "$((RANDOM + i))"
	load names "$M/L/DELTA/CP/d$i" "$((RANDOM + i))"
done
deaths "${KILLS:-25}"
end_loads
unmount_store
fsck.csmfs -n "$STORE"
