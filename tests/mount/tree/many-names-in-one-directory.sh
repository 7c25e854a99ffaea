#!/usr/bin/env bash
# Three thousand names are all listed, once each, and seekdir comes back to the same place.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
mkdir "$M/L" "$M/L/BUILD/CP"
cd "$M/L/BUILD/CP"

mkdir dir
for number in $(seq 3000); do
	: > "dir/$number"
done
equal "$(ls dir | sort -n | uniq | md5sum)" "$(seq 3000 | md5sum)" 'names'
equal "$(probe seekdir dir)" '3002 2902' 'names in all, and behind the hundredth'
