#!/usr/bin/env bash
# A locked BASE is never unlocked, written, packaged, deleted or moved onto another level.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
cd "$M"

mkdir L
refused EPERM setfattr -n user.csmfs.lock -v off BASE
expect_log 'unlock BASE refused BASE_PERMANENT'
refused EROFS touch BASE/BUILD/CP/new
refused EROFS rm -f BASE/DELTA/CP/program
refused EPERM mkdir BASE/PACKAGE
refused EPERM rmdir BASE
if setfattr -n user.csmfs.basedon -v L BASE 2> /dev/null; then fail 'BASE got a parent'; fi
if setfattr -n user.csmfs.state -v STABLE BASE 2> /dev/null; then fail 'BASE became STABLE'; fi
control BASE lock on
equal "$(control BASE lock)" on lock
