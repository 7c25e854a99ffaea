#!/usr/bin/env bash
# truncate cuts a file; extending it again shows zeros, not the old bytes.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
mkdir "$M/L" "$M/L/BUILD/CP"
cd "$M/L/BUILD/CP"

head -c 300000 /dev/zero | tr '\0' x > file
truncate -s 100 file
truncate -s 200000 file
equal "$(head -c 100 file | tr -d x | wc -c)" 0 'the first 100 bytes'
equal "$(tail -c +101 file | tr -d '\0' | wc -c)" 0 'bytes behind the cut'
equal "$(stat -c %s file)" 200000 'size'
: > file
equal "$(stat -c %s file)" 0 'size after O_TRUNC'
