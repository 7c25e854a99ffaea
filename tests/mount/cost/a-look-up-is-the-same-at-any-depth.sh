#!/usr/bin/env bash
# Opening a file of BASE takes as many messages at depth 30 as at depth 1.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L1"
echo x > "$M/L1/BUILD/CP/new"
for number in $(seq 2 30); do
	mkdir "$M/L$number"
	control "$M/L$number" basedon "L$((number - 1))"
	echo "$number" > "$M/L$number/BUILD/CP/new"
done
cd /
remount
cost() {
	local start

	cat "$M/$1/.csmfs/lock" > /dev/null
	start=$(messages)
	cat "$M/$1/BUILD/CP/program" > /dev/null
	echo $(($(messages) - start))
}
cost L1 > /dev/null
equal "$(cost L30)" "$(cost L2)" 'messages at depth 30'
