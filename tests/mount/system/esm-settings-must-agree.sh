#!/usr/bin/env bash
# A level is given only to systems with the same ESM setting.
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

mkdir systems/vm01 L
control systems/vm01 esm RACFVM
refused EPERM ln -s ../../L systems/vm01/test
expect_log 'refused ESM_DIFFERS'
control L esm racfvm
ln -s ../../L systems/vm01/test
