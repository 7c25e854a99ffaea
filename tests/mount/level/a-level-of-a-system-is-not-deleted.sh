#!/usr/bin/env bash
# rmdir of a level that a system tests is EBUSY.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
cd "$M"

mkdir L systems/vm01
ln -s ../../L systems/vm01/test
refused EBUSY rmdir L
expect_log 'delete L refused LEVEL_ON_SYSTEM'
rm systems/vm01/test
rmdir L
