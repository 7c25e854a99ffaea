#!/usr/bin/env bash
# vm_a is refused while VM_A exists, and the other way round; after its deletion it is free.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
cd "$M"

mkdir VM_A
refused EEXIST mkdir vm_a
refused EEXIST mkdir VM_A
[ ! -e vm_a ] || fail 'a level was found by another case'
rmdir VM_A
mkdir vm_a
refused EEXIST mkdir VM_A
