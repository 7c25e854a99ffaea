#!/usr/bin/env bash
# Of two mv -T test production at the same time one does it, and production is right.
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
mkdir systems/vm01
ln -sfn ../../L1 systems/vm01/test
for try in 1 2; do
	mv -T systems/vm01/test systems/vm01/production 2> /dev/null && echo "$try" >> "$T/won" &
	tries+=($!)
done
for try in "${tries[@]}"; do
	wait "$try" || true
done
equal "$(wc -l < "$T/won")" 1 'winners'
equal "$(readlink systems/vm01/production)" ../../L1 'production'
