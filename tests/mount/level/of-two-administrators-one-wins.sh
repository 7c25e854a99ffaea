#!/usr/bin/env bash
# Of several mkdir of one name at once, in any case of letters, exactly one succeeds.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
cd "$M"

for name in VM_A vm_a Vm_A vM_A VM_A vm_a; do
	mkdir "$name" 2> /dev/null && echo "$name" >> "$T/won" &
	tries+=($!)
done
for try in "${tries[@]}"; do
	wait "$try" || true
done
equal "$(wc -l < "$T/won")" 1 'winners'
equal "$(ls | grep -ci '^vm_a$')" 1 'levels of that name'
