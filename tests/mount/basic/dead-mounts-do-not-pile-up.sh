#!/usr/bin/env bash
# A dead mount whose root the kernel still remembers is taken away as well when the store is mounted again.
. "${0%/*}/../../support/mount.sh"

new_store
for i in 1 2 3; do
	mount_store
	mkdir "$M/L$i"
	stat "$M" > /dev/null
	kill_daemon
	stat "$M" > /dev/null 2>&1 || true
done
mount_store
[ "$(mount_places | grep -cxF "$M")" -eq 1 ] || fail "mounted at $M: $(mount_places | grep -cxF "$M") times"
unmount_store
! mounted "$M" || fail "something is still mounted at $M"
