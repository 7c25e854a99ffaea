#!/usr/bin/env bash
# A real overlayfs of DELTA over BUILD of BASE is equal to BUILD of the level.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M/L"

grep -qw overlay /proc/filesystems || modprobe overlay 2> /dev/null || exit 77
echo changed > BUILD/CP/program
rm BUILD/TCPIP/lib/one
rm -r BUILD/CP/lib
mkdir BUILD/CP/lib
echo only > BUILD/CP/lib/only
rm -r BUILD/CP/etc
echo file > BUILD/CP/etc
mv BUILD/TCPIP/lib BUILD/TCPIP/library
rm BUILD/TCPIP/program
mkdir BUILD/TCPIP/program
echo inside > BUILD/TCPIP/program/inside
chmod 750 BUILD/TCPIP/etc
mkdir BUILD/NEW
sample BUILD/NEW/sample
mkdir "$T/merged"
mount -t overlay overlay -o "ro,lowerdir=$M/L/DELTA:$M/BASE/BUILD" "$T/merged"
later umount "$T/merged"
same_tree BUILD "$T/merged"
