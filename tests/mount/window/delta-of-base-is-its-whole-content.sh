#!/usr/bin/env bash
# DELTA of BASE is equal to its BUILD.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M/L"

same_tree "$M/BASE/BUILD" "$M/BASE/DELTA"
