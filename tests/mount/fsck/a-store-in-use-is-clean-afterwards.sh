#!/usr/bin/env bash
# After ordinary work, and after a kill in the middle of it, fsck finds nothing.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L" "$M/systems/vm01"
sample "$M/L/BUILD/CP/sample"
rm "$M/L/BUILD/CP/lib/one"
mkdir "$M/L/PACKAGE"
ln -sfn ../../L "$M/systems/vm01/test"
unmount_store
fsck.csmfs -n "$STORE"
mount_store
mkdir "$M/GONE"
cp -a "$M/L/BUILD/CP/." "$M/GONE/BUILD/CP/" &
copy=$!
sleep 0.2
kill_daemon
wait "$copy" || true
umount -l "$M"
fsck.csmfs -n "$STORE"
mount_store
rmdir "$M/GONE"
unmount_store
fsck.csmfs -n "$STORE"
