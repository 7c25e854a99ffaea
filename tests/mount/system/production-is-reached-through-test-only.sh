#!/usr/bin/env bash
# ln -sfn of another level to production is refused, and the way out is in the log.
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
refused EPERM ln -sfn ../../L2 systems/vm01/production
expect_log 'refused NOT_TESTED_HERE.*mv -T test production'
refused EPERM rm systems/vm01/production
expect_log 'refused PRODUCTION_STAYS'
if ln -s ../../L2 systems/vm01/previous 2> /dev/null; then fail 'previous was set'; fi
if mv -T systems/vm01/production systems/vm01/test 2> /dev/null; then fail 'production was moved away'; fi
equal "$(readlink systems/vm01/production)" ../../L1 'production'
equal "$(ls systems/vm01 | xargs)" 'log production' 'names'
