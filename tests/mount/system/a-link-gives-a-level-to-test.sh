#!/usr/bin/env bash
# ln -sfn points test to a level; the level is reached through it; a second one replaces it.
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

mkdir systems/vm01 L1 L2
echo one > L1/BUILD/CP/program
ln -s ../../L1 systems/vm01/test
equal "$(readlink systems/vm01/test)" ../../L1 'target'
equal "$(cat systems/vm01/test/BUILD/CP/program)" one 'content through the link'
ln -sfn ../../L2 systems/vm01/test
equal "$(readlink systems/vm01/test)" ../../L2 'target'
equal "$(ls systems/vm01 | xargs)" 'log test' 'names'
rm systems/vm01/test
equal "$(ls systems/vm01)" log 'names'
