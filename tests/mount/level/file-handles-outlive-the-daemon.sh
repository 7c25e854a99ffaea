#!/usr/bin/env bash
# A file handle taken before a remount opens the same file or directory after it, of its own level.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
cd "$M"

mkdir L
echo mine > L/BUILD/CP/own
echo theirs > L/BUILD/CP/lib/one
file=$(probe handle L/BUILD/CP/own)
inherited=$(probe handle L/BUILD/CP/lib/one)
base=$(probe handle BASE/BUILD/CP/lib/one)
dir=$(probe handle L/BUILD/CP/lib)
cd /
remount
equal "$(probe open-handle "$M" "$file")" mine 'a new file'
equal "$(probe open-handle "$M" "$inherited")" theirs 'a changed file'
equal "$(probe open-handle "$M" "$base")" 'CP part one' 'the file of BASE'
equal "$(probe open-handle "$M" "$dir")" directory 'a directory'
mv "$M/L/BUILD/CP/own" "$M/L/BUILD/CP/lib/moved"
control "$M/L" lock on
remount
equal "$(probe open-handle "$M" "$file")" mine 'the file after a rename and a lock'
