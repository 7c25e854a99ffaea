#!/usr/bin/env bash
# rmdir of a locked level is EBUSY; unlocked it goes.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
cd "$M"

mkdir L
control L lock on
refused EBUSY rmdir L
expect_log 'delete L refused LEVEL_LOCKED_DELETE.*unlock'
control L lock off
rmdir L
