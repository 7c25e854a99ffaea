#!/usr/bin/env bash
# Several processes make random changes of names, attributes and contents in one tree: each result is
# the one a model foretells, and so is the tree, now, after a remount and in a child level; its
# copy in another level has the same digest.
#
# OPERATIONS=50000 does more of them (2500 a step and process), SEED=N others.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"
program=$(built exercise_names)
seed=${SEED:-1} operations=${OPERATIONS:-2500} processes=3
case $BUILD in */asan* | */tsan*) operations=${OPERATIONS:-800} ;; esac

# exercise DIR OUT: more of it in DIR, which then is as OUT says.
exercise()
{
	mkdir -p "$2"
	seed=$((seed + 1))
	echo "seed $seed in $1"
	"$program" run "$seed" "$operations" "$processes" "$1" "$2" || fail "seed $seed in $1"
	as_told "$1" "$2"
}

as_told()
{
	local i

	for ((i = 0; i < processes; i++)); do
		"$program" list "$1/own.$i" >"$T/found"
		diff "$2/own.$i" "$T/found" >&2 || fail "seed $seed: $1/own.$i is not as the model"
	done
}

new_store
mount_store
mkdir -p "$M/BASE/BUILD/CP/random"
exercise "$M/BASE/BUILD/CP/random" "$T/base"
control "$M/BASE" lock on

mkdir "$M/PARENT" "$M/COPY"
exercise "$M/PARENT/BUILD/CP/random" "$T/parent"
mkdir "$M/CHILD"
control "$M/CHILD" basedon PARENT
exercise "$M/CHILD/BUILD/CP/random" "$T/child"
exercise "$M/PARENT/BUILD/CP/random" "$T/parent"
"$program" times "$M/PARENT/BUILD/CP/random" >"$T/before"
same=$(digest "$M/PARENT/BUILD/CP/random")
unmount_store
fsck.csmfs -n "$STORE"

mount_store
"$program" times "$M/PARENT/BUILD/CP/random" >"$T/after"
cmp "$T/before" "$T/after" || fail 'a remount changed the parent'
equal "$(digest "$M/PARENT/BUILD/CP/random")" "$same" 'the digest after a remount'
as_told "$M/BASE/BUILD/CP/random" "$T/base"
as_told "$M/CHILD/BUILD/CP/random" "$T/child"
rm -r "$M/COPY/BUILD/CP/random"
cp -a "$M/PARENT/BUILD/CP/random" "$M/COPY/BUILD/CP/random"
equal "$(digest "$M/COPY/BUILD/CP/random")" "$same" 'the digest of a copy'
as_told "$M/COPY/BUILD/CP/random" "$T/parent"
