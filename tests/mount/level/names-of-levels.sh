#!/usr/bin/env bash
# A name is 1 to 64 of A-Z a-z 0-9 _ . -, not starting with dot or dash; others are EINVAL.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
cd "$M"

longest=$(printf 'n%.0s' $(seq 64))
for name in A 9 a_b.c-d "$longest"; do
	mkdir "$name"
	rmdir "$name"
done
for name in "${longest}n" .hidden -dash 'two words' 'a+b' 'ünï' "$(printf 'a\nb')" 'a:b'; do
	refused EINVAL mkdir -- "$name"
	equal "$(ls | grep -c '^BASE$')" 1 'the root still lists'
done
expect_log 'refused NAME_BAD.*1 to 64'
