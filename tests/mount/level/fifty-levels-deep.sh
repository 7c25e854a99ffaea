#!/usr/bin/env bash
# A chain of fifty levels reads, lists and writes as one.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
cd "$M"

mkdir L1
echo 1 > L1/BUILD/CP/file-1
for number in $(seq 2 50); do
	mkdir "L$number"
	control "L$number" basedon "L$((number - 1))"
	echo "$number" > "L$number/BUILD/CP/file-$number"
	echo "$number" > "L$number/BUILD/CP/newest"
done
equal "$(cat L50/BUILD/CP/newest)" 50 'a file that every level has'
equal "$(cat L50/BUILD/CP/file-{1,17,50} | xargs)" '1 17 50' 'a file of each'
equal "$(ls L50/BUILD/CP | grep -c file-)" 50 'names'
equal "$(cat L25/BUILD/CP/newest)" 25 'the file half way'
equal "$(cat L50/BUILD/CP/program)" 'CP program' 'a file of BASE'
