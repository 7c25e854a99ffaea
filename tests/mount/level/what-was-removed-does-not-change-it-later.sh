#!/usr/bin/env bash
# A file that was removed just before a package was built is gone then: the package is current seconds later.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
cd "$M"
mkdir L
echo part > L/BUILD/CP/part
sync L/BUILD/CP/part
rm L/BUILD/CP/part L/BUILD/CP/program
mkdir L/PACKAGE
sleep 3
control L state STABLE
cd /
unmount_store
fsck.csmfs -n "$STORE"
