#!/usr/bin/env bash
# Another user reads everything and changes neither levels, locks nor systems.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
cd "$M"

mkdir L
as_nobody() {
	setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}
refused EACCES as_nobody mkdir M
refused EACCES as_nobody rmdir L
refused EACCES as_nobody mkdir systems/vm01
if as_nobody setfattr -n user.csmfs.lock -v on L 2> /dev/null; then fail 'another user locked a level'; fi
if as_nobody setfattr -n user.csmfs.state -v STABLE L 2> /dev/null; then fail 'another user made it STABLE'; fi
equal "$(control L lock)" off lock
equal "$(as_nobody getfattr --absolute-names --only-values -n user.csmfs.state L)" TEST 'state read by another user'
as_nobody cat SVCSTAT SYSSTAT .csmfs/log > /dev/null
as_nobody ls -lR L > /dev/null
