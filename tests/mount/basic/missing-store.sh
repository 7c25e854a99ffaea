#!/usr/bin/env bash
# Without a store nothing is mounted and nothing is made; one line says what to do.
. "${0%/*}/../../support/mount.sh"

mkdir "$T/empty"
for place in "$T/nowhere" "$T/empty"; do
	said=$(csmfs "$place" "$M" 2>&1 </dev/null) && fail "mounted without a store: $place"
	[ "$(printf '%s\n' "$said" | wc -l)" -eq 1 ] || fail "not one line: $said"
	for word in "$place" 'no csmfs store' mkfs.csmfs; do
		case $said in *"$word"*) ;; *) fail "'$word' is not in: $said" ;; esac
	done
	! mounted "$M" || fail "mounted without a store: $place"
done
[ ! -e "$T/nowhere" ] || fail "csmfs made a directory"
[ -z "$(ls -A "$T/empty")" ] || fail "csmfs made files: $(ls -A "$T/empty")"
! fsck.csmfs "$T/empty" >"$T/said" 2>&1 || fail "fsck.csmfs likes an empty directory"
