#!/usr/bin/env bash
# A level with content of its own keeps its parent; emptied it may change again.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
cd "$M"

mkdir L1 L2
echo x > L2/BUILD/CP/file
refused EBUSY setfattr -n user.csmfs.basedon -v L1 L2
expect_log 'basedon L2 refused LEVEL_HAS_CONTENT'
rm L2/BUILD/CP/file
control L2 basedon L1
mkdir L3
rm L3/BUILD/CP/program
refused EBUSY setfattr -n user.csmfs.basedon -v L1 L3
