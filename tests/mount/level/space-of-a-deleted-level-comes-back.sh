#!/usr/bin/env bash
# What a level alone had is given back while mounted, what others share is kept.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
cd "$M"

mkdir L L2
head -c 4M /dev/urandom > L/BUILD/CP/own
head -c 1M /dev/urandom > "$T/shared"
cp "$T/shared" L/BUILD/CP/shared
cp "$T/shared" L2/BUILD/CP/shared
sync -f L
before=$(metric csmfs_garbage_total)
rmdir L
for _ in $(seq 30); do
	[ "$(metric csmfs_garbage_total)" -lt $((before + 32)) ] || break
	sleep 1
done
[ "$(metric csmfs_garbage_total)" -ge $((before + 32)) ] || fail 'no chunk was removed in 30 s'
cmp "$T/shared" L2/BUILD/CP/shared
cd /
remount
cmp "$T/shared" "$M/L2/BUILD/CP/shared"
