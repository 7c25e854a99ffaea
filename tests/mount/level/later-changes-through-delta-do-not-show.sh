#!/usr/bin/env bash
# What is changed in DELTA of a level after a child was based on it stays out of the child.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
cd "$M"

mkdir L1
echo before > L1/BUILD/CP/changed
echo before > L1/BUILD/CP/reverted
rm L1/BUILD/TCPIP/program
mkdir L2
control L2 basedon L1
cp -a L2/BUILD "$T/wanted"
echo after > L1/DELTA/CP/changed
rm L1/DELTA/CP/reverted L1/DELTA/TCPIP/program
mkdir L1/DELTA/CP/lib
mknod L1/DELTA/CP/lib/one c 0 0
equal "$(cat L1/BUILD/TCPIP/program)" 'TCPIP program' 'what L1 has now'
same_tree "$T/wanted" L2/BUILD
