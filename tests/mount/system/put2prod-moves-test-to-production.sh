#!/usr/bin/env bash
# mv -T test production puts a STABLE level into production; what ran before is previous.
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
mkdir systems/vm01
ln -sfn ../../L1 systems/vm01/test
mv -T systems/vm01/test systems/vm01/production
equal "$(readlink systems/vm01/production)" ../../L1 'production'
equal "$(ls systems/vm01 | xargs)" 'log production' 'names'
ln -sfn ../../L2 systems/vm01/test
equal "$(readlink systems/vm01/production)" ../../L1 'production while L2 is tested'
mv -T systems/vm01/test systems/vm01/production
equal "$(readlink systems/vm01/production)" ../../L2 'production'
equal "$(readlink systems/vm01/previous)" ../../L1 'previous'
equal "$(cat systems/vm01/production/BUILD/CP/program)" L2 'content through the link'
expect_log 'production vm01.* ok.*L2'
