#!/usr/bin/env bash
# An ordinary user makes no level, system, package, component or link of a system, removes none
# and moves none: not one of the operations that stand for a command.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
cd "$M"
mkdir L systems/vm01
component L CP
mkdir L/PACKAGE
setfattr -n user.csmfs.state -v STABLE L
ln -s ../../L systems/vm01/test
mkdir U
as_nobody()
{
	setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all "$@"
}
# without times: the tables are always of now
shown()
{
	find . systems -printf '%p %y %m %U %G %i %l\n'
	cat SVCSTAT SYSSTAT
}
before=$(shown)

refused EACCES as_nobody mkdir M
refused EACCES as_nobody rmdir U
refused EACCES as_nobody mkdir U/PACKAGE
refused EACCES as_nobody mkdir L/PACKAGE.from.U
refused EACCES as_nobody rm L/PACKAGE/MANIFEST
refused EACCES as_nobody rmdir L/PACKAGE
refused EACCES as_nobody mkdir U/BUILD/CP U/DELTA/CP U/APPLY/CP
refused EACCES as_nobody mknod U/DELTA/CP c 0 0
refused EACCES as_nobody mkdir systems/vm02
refused EACCES as_nobody rmdir systems/vm01
refused EACCES as_nobody ln -s ../../L systems/vm01/previous
refused EACCES as_nobody ln -s ../../L systems/vm01/spare
refused EACCES as_nobody ln -sfn ../../U systems/vm01/test
refused EACCES as_nobody mv -T systems/vm01/test systems/vm01/production
refused EACCES as_nobody rm -f systems/vm01/test
refused EACCES as_nobody touch systems/vm01/log/line
refused EACCES as_nobody touch .csmfs/mine
equal "$(shown)" "$before" 'what the mount shows'
