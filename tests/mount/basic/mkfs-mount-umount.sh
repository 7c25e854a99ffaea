#!/usr/bin/env bash
# A new store is mounted, shows the empty file space, keeps what is written, and the daemon ends
# with its mount.
. "${0%/*}/../../support/mount.sh"

said=$(mkfs.csmfs "$STORE")
printf '%s\n' "$said" | grep -q 720 || fail "mkfs.csmfs does not say what it made: $said"
! mkfs.csmfs "$STORE" >"$T/said" 2>&1 || fail "made twice"
grep -q 'release is in the store already' "$T/said" || fail "mkfs.csmfs: $(cat "$T/said")"

try_mount "$STORE" "$M" || fail "csmfs $STORE $M"
mounted "$M" || fail "csmfs came back before the mount answers"
[ "$(ls "$M" | tr '\n' ' ')" = 'BASE SVCSTAT SYSSTAT systems ' ] || fail "the root shows: $(ls "$M")"
[ "$(ls "$M/BASE" | tr '\n' ' ')" = 'APPLY BUILD DELTA ' ] || fail "BASE shows: $(ls "$M/BASE")"
[ -z "$(ls -A "$M/BASE/BUILD")" ] || fail "a new BASE is not empty"
findmnt -n -o FSTYPE,SOURCE "$M" | grep -q "^fuse.csmfs $STORE\$" ||
	fail "mounted as: $(findmnt -n -o FSTYPE,SOURCE "$M")"
mkdir "$M/BASE/BUILD/CP"
echo text >"$M/BASE/BUILD/CP/part"

pid=$(pid_of_store "$STORE")
umount "$M"
# The store is free as soon as the daemon has ended; umount(8) does not wait for that.
for ((i = 0; i < 400; i++)); do
	kill -0 "$pid" 2>/dev/null || break
	sleep 0.05
done
! kill -0 "$pid" 2>/dev/null || fail "the daemon does not end with its mount"

mount_store
[ "$(cat "$M/BASE/DELTA/CP/part")" = text ] || fail "not kept over the unmount"
unmount_store
