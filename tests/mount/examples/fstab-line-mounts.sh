#!/usr/bin/env bash
# The line of mount-examples/fstab mounts a store with mount(8).
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/sandbox.sh"

installed '
mkdir /srv/csmfs
mkfs.csmfs --release 720 /srv/csmfs/store
mkfs.csmfs --release 730 /srv/csmfs/store
mkdir -p /srv/csmfs/720
mount --fstab "$ROOT/mount-examples/fstab" /srv/csmfs/720
grep -qx "release 720" /srv/csmfs/720/.csmfs/version
mkdir /srv/csmfs/720/BASE/BUILD/CP
umount /srv/csmfs/720
'
