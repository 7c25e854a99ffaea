#!/usr/bin/env bash
# A STABLE level is not unlocked, not TEST again, keeps its package, also after kill -9.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
cd "$M"

mkdir L
echo x > L/BUILD/CP/new
mkdir L/PACKAGE
control L state STABLE
cd /
kill_daemon
mount_store
cd "$M"
equal "$(control L state) $(control L lock)" 'STABLE on' 'state and lock'
refused EPERM setfattr -n user.csmfs.lock -v off L
refused EPERM setfattr -n user.csmfs.state -v TEST L
refused EROFS touch L/BUILD/CP/other
refused EPERM rm -r L/PACKAGE
ls L/PACKAGE/MANIFEST > /dev/null
control L state STABLE
refused EINVAL setfattr -n user.csmfs.state -v GOLD L
