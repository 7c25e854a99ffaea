#!/usr/bin/env bash
# mv -T previous production goes back; the level left becomes previous.
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
for level in L1 L2; do
	ln -sfn "../../$level" systems/vm01/test
	mv -T systems/vm01/test systems/vm01/production
done
mv -T systems/vm01/previous systems/vm01/production
equal "$(readlink systems/vm01/production)" ../../L1 'production'
equal "$(readlink systems/vm01/previous)" ../../L2 'previous'
mv -T systems/vm01/previous systems/vm01/production
equal "$(readlink systems/vm01/production)" ../../L2 'production after forward again'
expect_log 'rollback vm01'
