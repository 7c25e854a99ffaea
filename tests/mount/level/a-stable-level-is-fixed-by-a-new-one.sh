#!/usr/bin/env bash
# A level based on a STABLE level is writable and leaves it unchanged.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
cd "$M"

mkdir L
echo x > L/BUILD/CP/new
mkdir L/PACKAGE
control L state STABLE
digest=$(digest L)
mkdir FIX
control FIX basedon L
echo fixed > FIX/BUILD/CP/new
equal "$(cat L/BUILD/CP/new)" x 'content of the STABLE level'
equal "$(digest L)" "$digest" digest
