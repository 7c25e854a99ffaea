#!/usr/bin/env bash
# What a system reports is written to its log directory and stays when the system is deleted.
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
echo 'loaded L1' >> systems/vm01/log/2026-11
mkdir systems/vm01/log/old
echo more >> systems/vm01/log/2026-11
sync systems/vm01/log/2026-11
cd /
kill_daemon
mount_store
cd "$M"
equal "$(cat systems/vm01/log/2026-11 | xargs)" 'loaded L1 more' 'the log after kill -9'
rmdir systems/vm01
mkdir systems/vm01
equal "$(cat systems/vm01/log/2026-11 | xargs)" 'loaded L1 more' 'the log after delete and add'
equal "$(ls systems/vm01)" log 'names'
