#!/usr/bin/env bash
# The log is there after a remount and after kill -9, oldest line first.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M"

control L description first
cd /
remount
control "$M/L" description second
kill_daemon
mount_store
cd "$M"
expect_log 'add L ok'
equal "$(grep -c 'describe L ok' .csmfs/log)" 2 'lines'
equal "$(cut -d ' ' -f 1 .csmfs/log | sort -c && echo sorted)" sorted 'times'
