#!/usr/bin/env bash
# STABLE is refused without a package; with one it locks in the same step.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
cd "$M"

mkdir L
echo x > L/BUILD/CP/new
refused EPERM setfattr -n user.csmfs.state -v STABLE L
expect_log 'stable L refused PACKAGE_MISSING.*mkdir'
equal "$(control L state) $(control L lock)" 'TEST off' 'state and lock'
mkdir L/PACKAGE
control L state STABLE
equal "$(control L state) $(control L lock)" 'STABLE on' 'state and lock'
