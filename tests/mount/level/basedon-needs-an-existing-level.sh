#!/usr/bin/env bash
# basedon of a level that does not exist, or of the level itself or a descendant, is EINVAL.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
cd "$M"

mkdir L1 L2
control L2 basedon L1
refused EINVAL setfattr -n user.csmfs.basedon -v NOWHERE L1
expect_log 'basedon L1 refused LEVEL_UNKNOWN'
refused EINVAL setfattr -n user.csmfs.basedon -v L1 L1
refused EINVAL setfattr -n user.csmfs.basedon -v L2 L1
expect_log 'basedon L1 refused LEVEL_BASED_ON_ITSELF'
equal "$(control L1 basedon)" BASE basedon
