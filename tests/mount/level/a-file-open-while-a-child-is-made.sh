#!/usr/bin/env bash
# What a writer wrote before the child was made is in it, what comes later is not.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
cd "$M"

mkdir L1 L2
exec 3> L1/BUILD/CP/file
echo before >&3
control L2 basedon L1
echo after >&3
exec 3>&-
equal "$(cat L1/BUILD/CP/file)" "$(printf 'before\nafter')" 'content in the parent'
equal "$(cat L2/BUILD/CP/file)" before 'content in the child'
