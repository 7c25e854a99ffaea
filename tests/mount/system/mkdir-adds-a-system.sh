#!/usr/bin/env bash
# mkdir adds a system with a log directory and no level; rmdir takes it away.
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

mkdir systems/vm01
equal "$(ls systems/vm01)" log 'names'
equal "$(ls systems)" vm01 'systems'
refused EEXIST mkdir systems/vm01
refused EEXIST mkdir systems/VM01
refused EINVAL mkdir 'systems/two words'
refused EPERM touch systems/file
rmdir systems/vm01
equal "$(ls systems)" '' 'systems'
expect_log 'addsystem vm01 ok'
expect_log 'deletesystem vm01 ok'
