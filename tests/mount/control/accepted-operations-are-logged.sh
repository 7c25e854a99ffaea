#!/usr/bin/env bash
# Each control operation adds a line with time, user, operation and object.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M"

control L description text
control L lock on
control L lock off
mkdir L/PACKAGE
rm -r L/PACKAGE
mkdir L2
control L2 basedon L
mkdir systems/vm01
control systems/vm01 host example
ln -sfn ../../L systems/vm01/test
rmdir L2
time='^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z uid=0'
for line in 'add L' 'describe L' 'lock L' 'unlock L' 'package L' 'droppackage L' 'basedon L2' 'addsystem vm01' \
	'modify vm01' 'test vm01' 'delete L2' 'lock BASE'; do
	expect_log "$time $line ok"
done
