#!/usr/bin/env bash
# A locked parent that is unlocked and changed again leaves the child as it was.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
cd "$M"

mkdir L1
echo before > L1/BUILD/CP/file
control L1 lock on
mkdir L2
control L2 basedon L1
control L1 lock off
echo after > L1/BUILD/CP/file
rm L1/BUILD/CP/program
equal "$(cat L2/BUILD/CP/file)" before content
equal "$(cat L2/BUILD/CP/program)" 'CP program' 'a file removed from the parent'
equal "$(ls L2/DELTA)" '' 'DELTA of the child'
