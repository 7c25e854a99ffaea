#!/usr/bin/env bash
# Before a write the kernel asks for the file's capability, once for many writes.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
mkdir "$M/L" "$M/L/BUILD/CP"
before=$(metric 'csmfs_messages_total{op="GETXATTR"}')
dd if=/dev/zero of="$M/L/BUILD/CP/file" bs=64k count=100 status=none
asked=$(($(metric 'csmfs_messages_total{op="GETXATTR"}') - before))
[ "$asked" -le 2 ] || fail "asked $asked times for 100 writes"
