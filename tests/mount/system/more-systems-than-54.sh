#!/usr/bin/env bash
# Sixty systems are added and all are in SYSSTAT.
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

for number in $(seq 60); do
	mkdir "systems/vm$number"
done
equal "$(ls systems | wc -l)" 60 'systems'
equal "$(grep -c '^:SYSTEM\.' SYSSTAT)" 60 'records'
