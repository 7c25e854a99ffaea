#!/usr/bin/env bash
# -v prints each step to standard error as it would print in a dry run.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
export CSMFS_MOUNT=$M
servmgr -v srvlvl add 720 L desc two words 2>"$T/said"
equal "$(cat "$T/said")" "mkdir $M/L
setfattr -n user.csmfs.description -v 'two words' $M/L" steps
