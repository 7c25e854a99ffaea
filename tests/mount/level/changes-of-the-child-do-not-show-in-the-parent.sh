#!/usr/bin/env bash
# A level never changes the level it is based on, nor a sibling.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
cd "$M"

mkdir L1
echo L1 > L1/BUILD/CP/file
mkdir L2 L3
control L2 basedon L1
control L3 basedon L1
digest=$(digest L1)
echo L2 >> L2/BUILD/CP/file
rm L2/BUILD/CP/program
mv L2/BUILD/CP/lib L2/BUILD/CP/library
chmod 700 L2/BUILD/CP/etc
equal "$(cat L1/BUILD/CP/file)" L1 'content in the parent'
equal "$(digest L1)" "$digest" 'digest of the parent'
equal "$(digest L3)" "$digest" 'digest of the sibling'
same_tree L1/BUILD L3/BUILD
