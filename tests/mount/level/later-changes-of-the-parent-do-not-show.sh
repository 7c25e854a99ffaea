#!/usr/bin/env bash
# What is written, removed or renamed in a level after a child was based on it stays out of the child.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
cd "$M"

mkdir L1
echo before > L1/BUILD/CP/changed
echo before > L1/BUILD/CP/removed
mkdir L1/BUILD/CP/dir
echo before > L1/BUILD/CP/dir/file
mkdir L2
control L2 basedon L1
cp -a L2/BUILD "$T/wanted"
digest=$(digest L2)
echo after > L1/BUILD/CP/changed
rm L1/BUILD/CP/removed
mv L1/BUILD/CP/dir L1/BUILD/CP/moved
echo after > L1/BUILD/CP/new
chmod 600 L1/BUILD/CP/program
setfattr -n user.note -v x L1/BUILD/CP/lib/one
rm -r L1/BUILD/TCPIP
same_tree --times "$T/wanted" L2/BUILD
equal "$(digest L2)" "$digest" digest
equal "$(ls L2/DELTA)" '' 'DELTA of the child'
cd /
remount
same_tree --times "$T/wanted" "$M/L2/BUILD"
