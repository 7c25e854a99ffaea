#!/usr/bin/env bash
# A refusal adds one line that names object, rule and way out, with the uid of the caller.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M"

control L lock on
refused EROFS touch L/BUILD/CP/new
expect_log 'uid=0 [a-z]+ L/BUILD/CP.* refused LEVEL_LOCKED: the level is locked; unlock it first'
refused EBUSY rmdir L
expect_log 'uid=0 delete L refused LEVEL_LOCKED_DELETE'
control L lock off
chmod 777 L/BUILD/CP
control L lock on
refused EROFS setpriv --reuid=65534 --regid=65534 --clear-groups touch L/BUILD/CP/theirs
expect_log 'uid=65534 [a-z]+ L/BUILD/CP.* refused LEVEL_LOCKED'
