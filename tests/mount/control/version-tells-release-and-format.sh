#!/usr/bin/env bash
# version has a line each for the program, the format, the release and the store.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M"

grep -qx 'release 720' .csmfs/version || fail 'no release'
grep -qE '^csmfs [0-9]' .csmfs/version || fail 'no version'
grep -qE '^format [0-9]+$' .csmfs/version || fail 'no format'
grep -qE '^uuid [0-9a-f-]{36}$' .csmfs/version || fail 'no uuid'
