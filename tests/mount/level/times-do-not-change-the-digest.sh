#!/usr/bin/env bash
# Times, and the moment of a copy, do not change a digest.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
cd "$M"

mkdir L
start=$(digest L)
touch -d '2001-01-01' L/BUILD/CP/program L/BUILD/CP/lib
cp L/BUILD/CP/lib/one "$T/one"
rm L/BUILD/CP/lib/one
cp "$T/one" L/BUILD/CP/lib/one
equal "$(digest L)" "$start" digest
