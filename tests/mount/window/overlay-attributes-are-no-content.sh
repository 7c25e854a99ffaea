#!/usr/bin/env bash
# What an overlayfs would take for a mark of its own is refused as content, and the log says why.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M/L"

before=$(digest .)
for name in trusted.overlay.opaque trusted.overlay.redirect user.overlay.opaque; do
	refused EPERM setfattr -n "$name" -v y BUILD/CP/lib
done
refused EPERM setfattr -n trusted.overlay.metacopy -v y BUILD/CP/program
refused EPERM mknod BUILD/CP/hole c 0 0
expect_log 'setxattr L/BUILD/CP/lib .*OVERLAY_MARK'
expect_log 'mknod L/BUILD/CP/hole .*OVERLAY_MARK'
equal "$(find DELTA -mindepth 1)" '' 'DELTA'
equal "$(digest .)" "$before" 'digest'
