#!/usr/bin/env bash
# At the root and in a level nothing but what the layout has is made, renamed or removed.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
cd "$M"

mkdir L
refused EPERM touch file
refused EPERM ln -s BASE link
refused EPERM mkfifo fifo
refused EPERM mv L M
refused EPERM rmdir systems
refused EPERM rm SVCSTAT
refused EPERM mkdir L/OTHER
refused EPERM touch L/file
refused EPERM rmdir L/BUILD
refused EPERM mv L/BUILD L/BUILT
equal "$(ls L | xargs)" 'APPLY BUILD DELTA' 'names'
