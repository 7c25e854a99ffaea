#!/usr/bin/env bash
# A level, its parent, description and lock are there when the daemon is killed right after.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
cd "$M"

mkdir L1
control L1 description 'August RSU'
control L1 lock on
mkdir L2
control L2 basedon L1
cd /
kill_daemon
mount_store
equal "$(control "$M/L1" description)" 'August RSU' description
equal "$(control "$M/L1" lock)" on lock
equal "$(control "$M/L2" basedon)" L1 basedon
