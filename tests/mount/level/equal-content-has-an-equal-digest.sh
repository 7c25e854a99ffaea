#!/usr/bin/env bash
# Two levels that came to the same content by different ways have one digest, at every path.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
cd "$M"

mkdir A B
echo final > A/BUILD/CP/file
mkdir A/BUILD/CP/dir
echo x > A/BUILD/CP/dir/x
rm A/BUILD/TCPIP/lib/one
mkdir B/BUILD/CP/temporary
echo x > B/BUILD/CP/temporary/x
mv B/BUILD/CP/temporary B/BUILD/CP/dir
mkdir B/DELTA/TCPIP B/DELTA/TCPIP/lib
mknod B/DELTA/TCPIP/lib/one c 0 0
echo wrong > B/BUILD/CP/file
echo final > B/BUILD/CP/file
equal "$(digest A)" "$(digest B)" 'digest of the levels'
equal "$(digest A/BUILD/CP)" "$(digest B/BUILD/CP)" 'digest of the component'
equal "$(digest A/BUILD/CP/file)" "$(digest B/BUILD/CP/file)" 'digest of a file'
[ "$(digest A)" != "$(digest BASE)" ] || fail 'the digest did not change'
echo "$(digest A)" | grep -qE '^[0-9a-f]{64}$' || fail 'a digest is 64 hex digits'
