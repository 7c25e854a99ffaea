#!/usr/bin/env bash
# The same content written twice, in two levels, is stored once.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
mkdir "$M/L" "$M/L/BUILD/CP"
cd "$M/L/BUILD/CP"

head -c 2M /dev/urandom > "$T/bytes"
cp "$T/bytes" one
sync one
before=$(metric csmfs_chunks_stored_total)
mkdir "$M/OTHER" "$M/OTHER/BUILD/TCPIP"
cat "$T/bytes" > two
cat "$T/bytes" > "$M/OTHER/BUILD/TCPIP/three"
sync two "$M/OTHER/BUILD/TCPIP/three"
equal "$(metric csmfs_chunks_stored_total)" "$before" 'chunks stored'
cmp two "$M/OTHER/BUILD/TCPIP/three"
