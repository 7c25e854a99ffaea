#!/usr/bin/env bash
# O_APPEND writes of several writers all arrive, none over another.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
mkdir "$M/L" "$M/L/BUILD/CP"
cd "$M/L/BUILD/CP"

for writer in 1 2 3; do
	for line in $(seq 50); do
		echo "writer $writer line $line" >> file
	done &
	writers+=($!)
done
wait "${writers[@]}"
equal "$(wc -l < file)" 150 'lines'
equal "$(sort -u file | wc -l)" 150 'different lines'
