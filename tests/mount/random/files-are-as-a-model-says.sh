#!/usr/bin/env bash
# Random operations on two files agree with a model byte for byte: in BASE, in BUILD and DELTA of
# a level on it, over a new mount, and in parent and child after a child was made.
#
# OPERATIONS=100000 does more of them (400 a step), SEED=N others.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"
program=$(built exercise_file)
seed=${SEED:-1} operations=${OPERATIONS:-400}

# exercise MODEL DIR...: some operations more, after all that was done before is looked at.
exercise()
{
	local model=$1 resume=

	shift
	[ ! -e "$model" ] || resume=--resume
	seed=$((seed + 1))
	"$program" --seed "$seed" --operations "$operations" --model "$model" $resume "$@" ||
		fail "seed $seed in $*"
}

same()
{
	"$program" --operations 0 --model "$1" --resume "$2" >/dev/null || fail "$2 is not as the model"
}

new_store
mount_store
mkdir -p "$M/BASE/BUILD/CP/random"
exercise "$T/base" "$M/BASE/BUILD/CP/random"
control "$M/BASE" lock on
cp "$T/base" "$T/parent"

mkdir "$M/PARENT"
exercise "$T/parent" "$M/PARENT/BUILD/CP/random"
exercise "$T/parent" "$M/PARENT/DELTA/CP/random" "$M/PARENT/BUILD/CP/random"
remount
exercise "$T/parent" "$M/PARENT/DELTA/CP/random"

mkdir "$M/CHILD"
control "$M/CHILD" basedon PARENT
cp "$T/parent" "$T/child"
exercise "$T/parent" "$M/PARENT/BUILD/CP/random" "$M/PARENT/DELTA/CP/random"
exercise "$T/child" "$M/CHILD/BUILD/CP/random"
remount
exercise "$T/child" "$M/CHILD/DELTA/CP/random" "$M/CHILD/BUILD/CP/random"
remount
same "$T/parent" "$M/PARENT/BUILD/CP/random"
same "$T/child" "$M/CHILD/BUILD/CP/random"
unmount_store
fsck.csmfs -n "$STORE"
