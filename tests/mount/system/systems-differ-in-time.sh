#!/usr/bin/env bash
# One level is in production here and in test there; SYSSTAT shows both.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
cd "$M"
# A level with one change, its package, and STABLE unless told otherwise.
stable_level()
{
	mkdir "$1"
	echo "$1" > "$1/BUILD/CP/program"
	mkdir "$1/PACKAGE"
	[ "${2:-}" = test ] || control "$1" state STABLE
}

stable_level L1
stable_level L2
mkdir systems/vm01 systems/vm02
for system in vm01 vm02; do
	ln -sfn ../../L1 "systems/$system/test"
	mv -T "systems/$system/test" "systems/$system/production"
	ln -sfn ../../L2 "systems/$system/test"
done
mv -T systems/vm01/test systems/vm01/production
record() {
	awk -v RS= -v key=":SYSTEM.$1" 'index($0 "\n", key "\n") { print }' SYSSTAT
}
record vm01 | grep -qx ':PRODLVL.L2' || fail 'vm01 does not run L2'
record vm01 | grep -qx ':PREVLVL.L1' || fail 'vm01 did not run L1 before'
record vm02 | grep -qx ':PRODLVL.L1' || fail 'vm02 does not run L1'
record vm02 | grep -qx ':TESTLVL.L2' || fail 'vm02 does not test L2'
refused EBUSY rmdir L1
