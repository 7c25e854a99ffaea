#!/usr/bin/env bash
# The digest after one edit reads next to nothing, on 2,000 files as on 20.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

cost() {
	new_store
	mount_store
	mkdir "$M/L" "$M/L/BUILD/CP"
	for number in $(seq "$1"); do
		mkdir -p "$M/L/BUILD/CP/$((number % 40))"
		echo "$number" > "$M/L/BUILD/CP/$((number % 40))/$number"
	done
	digest "$M/L" > /dev/null
	echo changed > "$M/L/BUILD/CP/1/1"
	local rows
	rows=$(metric csmfs_rows_read_total)
	digest "$M/L" > /dev/null
	echo $(($(metric csmfs_rows_read_total) - rows)) > "$2"
	unmount_store
	STORE=$STORE-2
}
cost 40 "$T/few"
cost 2000 "$T/many"
[ "$(cat "$T/many")" -le $(($(cat "$T/few") + 400)) ] ||
	fail "$(cat "$T/many") rows read on 2,000 files, $(cat "$T/few") on 40"
