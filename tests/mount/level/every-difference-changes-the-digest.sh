#!/usr/bin/env bash
# Content, mode, owner, xattr, name, kind, target and device each change the digest, and back.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
cd "$M"

mkdir L
ln -s one L/BUILD/CP/link
mknod L/BUILD/CP/device c 1 3
start=$(digest L)
last=$start
changes() {
	local now

	"$@"
	now=$(digest L)
	[ "$now" != "$last" ] || fail "the digest is the same after: $*"
	last=$now
}
changes sed -i 's/CP/cp/' L/BUILD/CP/program
changes chmod 700 L/BUILD/CP/program
changes chown 5 L/BUILD/CP/program
changes chgrp 6 L/BUILD/CP/program
changes setfattr -n user.note -v x L/BUILD/CP/program
changes setfacl -m u:9:r L/BUILD/CP/program
changes mv L/BUILD/CP/lib/one L/BUILD/CP/lib/three
changes ln -sfn two L/BUILD/CP/link
changes rm L/BUILD/CP/device
changes mkdir L/BUILD/CP/device
changes chmod 700 L/BUILD/CP/lib
changes mkdir L/BUILD/NEW
changes mkdir -p L/APPLY/CP
rm -r L/DELTA/*
rmdir L/APPLY/CP
ln -s one L/BUILD/CP/link
mknod L/BUILD/CP/device c 1 3
equal "$(digest L)" "$start" 'digest after all was taken back'
