#!/usr/bin/env bash
# After kill -9 the store is mounted again at the same place at once; what fsync acknowledged is there.
. "${0%/*}/../../support/mount.sh"

new_store
mount_store
mkdir "$M/VM_ONE" "$M/VM_ONE/BUILD/CP"
for i in 1 2 3 4 5; do
	head -c 300000 /dev/urandom >"$T/part$i"
	dd if="$T/part$i" of="$M/VM_ONE/BUILD/CP/part$i" bs=64k conv=fsync status=none
	kill_daemon
	refused ENOTCONN ls "$M"
	mount_store
	for ((j = 1; j <= i; j++)); do
		cmp "$T/part$j" "$M/VM_ONE/DELTA/CP/part$j"
	done
	[ "$(ls "$M/VM_ONE/BUILD/CP" | wc -l)" -eq "$i" ] || fail "there is more than what was written"
done
unmount_store
fsck.csmfs "$STORE" >"$T/said" 2>&1 || fail "fsck.csmfs: $(cat "$T/said")"
