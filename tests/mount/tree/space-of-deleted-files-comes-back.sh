#!/usr/bin/env bash
# What deleted files took is given back while mounted.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
mkdir "$M/L" "$M/L/BUILD/CP"
cd "$M/L/BUILD/CP"

before=$(metric csmfs_garbage_total)
head -c 4M /dev/urandom > file
sync file
rm file
for _ in $(seq 20); do
	[ "$(metric csmfs_garbage_total)" -ge $((before + 32)) ] && exit 0
	sleep 1
done
fail 'no chunk was removed in 20 s'
