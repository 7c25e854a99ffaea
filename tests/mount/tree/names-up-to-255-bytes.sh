#!/usr/bin/env bash
# A name has up to 255 bytes of any kind but the slash; 256 are refused.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
mkdir "$M/L" "$M/L/BUILD/CP"
cd "$M/L/BUILD/CP"

longest=$(printf 'n%.0s' $(seq 255))
: > "$longest"
[ -e "$longest" ] || fail 'the longest name is not there'
refused ENAMETOOLONG touch "${longest}n"
odd=$(printf 'new\nline \001\377 "quoted" \\ *')
echo odd > "$odd"
equal "$(cat "$odd")" odd 'content under an odd name'
equal "$(find . -type f | wc -l)" 3 'lines that find prints for two names, one of two lines'
