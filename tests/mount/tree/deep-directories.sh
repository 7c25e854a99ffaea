#!/usr/bin/env bash
# Directories nest a hundred deep and go in one rm -r.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
mkdir "$M/L" "$M/L/BUILD/CP"
cd "$M/L/BUILD/CP"

path=.
for depth in $(seq 100); do
	path=$path/level-$depth
done
mkdir -p "$path"
echo bottom > "$path/file"
equal "$(cat "$path/file")" bottom 'content'
equal "$(find . -type d | wc -l)" 101 'directories'
rm -r level-1
equal "$(ls)" '' 'names left'
