#!/usr/bin/env bash
# A file that is open for writing when the lock comes takes no byte more; what was written is kept.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
cd "$M"

mkdir L
exec 3> L/BUILD/CP/file
echo before >&3
control L lock on
refused EROFS bash -c 'echo after >&3'
exec 3>&-
equal "$(cat L/BUILD/CP/file)" before content
cd /
remount
equal "$(cat "$M/L/BUILD/CP/file")" before 'content after a remount'
