#!/usr/bin/env bash
# A level is the same after a remount: content, times, DELTA, digest.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
cd "$M"

mkdir L
sample L/BUILD/CP/sample
rm -r L/BUILD/TCPIP/lib
cp -a L/BUILD "$T/wanted"
digest=$(digest L)
(cd L/DELTA && find . | sort) > "$T/delta"
cd /
remount
same_tree --times "$T/wanted" "$M/L/BUILD"
equal "$(digest "$M/L")" "$digest" digest
(cd "$M/L/DELTA" && find . | sort) | cmp - "$T/delta"
