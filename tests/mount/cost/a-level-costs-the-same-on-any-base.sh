#!/usr/bin/env bash
# Creating a level takes as many commits, messages and stored chunks on 2,000 files as on 20.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

cost() {
	new_store
	mount_store
	mkdir "$M/BASE/BUILD/CP"
	for number in $(seq "$1"); do
		echo "$number" > "$M/BASE/BUILD/CP/$number"
	done
	control "$M/BASE" lock on
	local commits messages chunks
	commits=$(metric csmfs_commits_total)
	chunks=$(metric csmfs_chunks_stored_total)
	messages=$(messages)
	mkdir "$M/L1" "$M/L2"
	control "$M/L2" basedon L1
	messages=$(($(messages) - messages))
	echo "$(($(metric csmfs_commits_total) - commits)) commits," \
		"$(($(metric csmfs_chunks_stored_total) - chunks)) chunks, $messages messages"
	unmount_store
	STORE=$STORE-2
}
cost 20 > "$T/few"
cost 2000 > "$T/many"
equal "$(cat "$T/many")" "$(cat "$T/few")" 'cost on 2,000 files'
