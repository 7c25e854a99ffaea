#!/usr/bin/env bash
# rmdir of a level takes it and its content away; the name is free again and starts empty.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
cd "$M"

mkdir L
sample L/BUILD/CP/sample
mkdir L/PACKAGE
rmdir L
[ ! -e L ] || fail 'the level is still there'
if grep -q ':SRVLVL.L$' SVCSTAT; then fail 'the level is still in SVCSTAT'; fi
mkdir L
equal "$(ls L | xargs)" 'APPLY BUILD DELTA' 'names in the new level'
equal "$(digest L)" "$(digest BASE)" 'digest of the new level'
