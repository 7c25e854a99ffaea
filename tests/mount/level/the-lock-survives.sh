#!/usr/bin/env bash
# A lock is still on after kill -9 and after a remount.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
cd "$M"

mkdir L
control L lock on
cd /
kill_daemon
mount_store
equal "$(control "$M/L" lock)" on lock
refused EROFS touch "$M/L/BUILD/CP/new"
remount
refused EROFS touch "$M/L/BUILD/CP/new"
