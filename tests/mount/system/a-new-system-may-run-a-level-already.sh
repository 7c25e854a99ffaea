#!/usr/bin/env bash
# A system without links is given the locked level it runs; an unlocked one is refused.
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
refused EPERM ln -s ../../L systems/vm01/production
control L lock on
ln -s ../../L systems/vm01/production
equal "$(readlink systems/vm01/production)" ../../L 'production'
mkdir systems/vm02
ln -s ../../BASE systems/vm02/production
equal "$(readlink systems/vm02/production)" ../../BASE 'production'
