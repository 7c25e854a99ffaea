#!/usr/bin/env bash
# A change after the package was built makes it stale: STABLE is refused until it is built again.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
cd "$M"

mkdir L
echo x > L/BUILD/CP/new
mkdir L/PACKAGE
echo y > L/BUILD/CP/new
refused EPERM setfattr -n user.csmfs.state -v STABLE L
expect_log 'stable L refused PACKAGE_STALE.*mkdir'
equal "$(control L state) $(control L lock)" 'TEST off' 'state and lock'
rm -r L/PACKAGE
mkdir L/PACKAGE
control L state STABLE
