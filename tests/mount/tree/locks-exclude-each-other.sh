#!/usr/bin/env bash
# flock excludes a second holder of the same file.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
mkdir "$M/L" "$M/L/BUILD/CP"
cd "$M/L/BUILD/CP"

: > file
exec 3> file
flock 3
if flock -n file true; then fail 'two held one lock'; fi
exec 3>&-
flock -n file true
