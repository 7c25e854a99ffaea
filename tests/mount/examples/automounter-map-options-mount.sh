#!/usr/bin/env bash
# What mount-examples/auto.csmfs makes automount(8) run, mounts: mount -t FSTYPE -o OPTIONS STORE DIR.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/sandbox.sh"

installed '
mkdir /srv/csmfs
mkfs.csmfs --release 720 /srv/csmfs/store
read -r key options location < <(grep -v "^#" "$ROOT/mount-examples/auto.csmfs")
options=${options#-fstype=}
mkdir -p "/srv/levels/$key"
mount -t "${options%%,*}" -o "${options#*,}" "${location#:}" "/srv/levels/$key"
grep -qx "release $key" "/srv/levels/$key/.csmfs/version"
umount "/srv/levels/$key"
'
