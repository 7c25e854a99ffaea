#!/usr/bin/env bash
# put2prod and roll back are there after kill -9 right behind them.
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
ln -sfn ../../L2 systems/vm01/test
cd /
kill_daemon
mount_store
mv -T "$M/systems/vm01/test" "$M/systems/vm01/production"
kill_daemon
mount_store
equal "$(readlink "$M/systems/vm01/production")" ../../L2 'production'
equal "$(readlink "$M/systems/vm01/previous")" ../../L1 'previous'
[ ! -L "$M/systems/vm01/test" ] || fail 'test is still there'
mv -T "$M/systems/vm01/previous" "$M/systems/vm01/production"
kill_daemon
mount_store
equal "$(readlink "$M/systems/vm01/production")" ../../L1 'production after roll back'
