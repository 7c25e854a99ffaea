#!/usr/bin/env bash
# No level is called as a part of the layout, in any case of letters.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
cd "$M"

for name in Systems SvcStat sysstat DELTA build Apply PACKAGE base; do
	refused EINVAL mkdir "$name"
	expect_log "add $name refused NAME_RESERVED"
done
for name in BASE systems SVCSTAT SYSSTAT .csmfs; do
	refused EEXIST mkdir "$name"
done
