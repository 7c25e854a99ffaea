#!/usr/bin/env bash
# lock off makes a TEST level writable again through both windows; setting a value it has is success.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
cd "$M"

mkdir L
control L lock off
control L lock on
control L lock on
equal "$(control L lock)" on lock
control L lock off
equal "$(control L lock)" off lock
echo x > L/BUILD/CP/new
rm L/DELTA/CP/new
refused EINVAL setfattr -n user.csmfs.lock -v maybe L
equal "$(control L lock)" off 'lock after a bad value'
