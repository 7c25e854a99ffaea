#!/usr/bin/env bash
# system delete removes the system; added again it finds its log (behaviour 60).
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
export CSMFS_MOUNT=$M
mkdir "$M/systems/vm01"
echo reported > "$M/systems/vm01/log/today"
servmgr system delete 720 VM01
[ ! -e "$M/systems/vm01" ] || fail 'the system is still there'
mkdir "$M/systems/vm01"
equal "$(cat "$M/systems/vm01/log/today")" reported 'the log'
