#!/usr/bin/env bash
# A level with an open file goes; the open file is stale, the daemon lives on.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
cd "$M"

mkdir L
exec 3> L/BUILD/CP/file
echo before >&3
rmdir L
if echo after >&3 2> /dev/null; then fail 'a file of a deleted level took a write'; fi
exec 3>&-
mkdir L
equal "$(ls L/BUILD/CP | xargs)" 'etc lib program' 'names in the new level'
