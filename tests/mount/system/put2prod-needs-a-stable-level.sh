#!/usr/bin/env bash
# A TEST level does not go into production; the links stay as they were.
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
stable_level L2 test
mkdir systems/vm01
ln -sfn ../../L1 systems/vm01/test
mv -T systems/vm01/test systems/vm01/production
ln -sfn ../../L2 systems/vm01/test
refused EPERM mv -T systems/vm01/test systems/vm01/production
expect_log 'production vm01.* refused NOT_STABLE.*STABLE'
equal "$(readlink systems/vm01/production)" ../../L1 'production'
equal "$(readlink systems/vm01/test)" ../../L2 'test'
control L2 state STABLE
mv -T systems/vm01/test systems/vm01/production
