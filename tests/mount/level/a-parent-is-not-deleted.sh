#!/usr/bin/env bash
# rmdir of a level that another is based on is EBUSY; when the child is gone it goes.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
cd "$M"

mkdir L1 L2
control L2 basedon L1
refused EBUSY rmdir L1
expect_log 'delete L1 refused LEVEL_HAS_CHILDREN'
rmdir L2
rmdir L1
equal "$(ls | sort | xargs)" 'BASE SVCSTAT SYSSTAT systems' 'the root'
