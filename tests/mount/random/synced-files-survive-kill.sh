#!/usr/bin/env bash
# After random operations two files are synced and the daemon is killed while they are open: the
# next mount has them as the model says, time after time.
#
# CYCLES=200 kills as often (6), SEED=N does other operations.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"
program=$(built exercise_file)
seed=${SEED:-1}

new_store
mount_store
mkdir -p "$M/BASE/BUILD/CP/random"
"$program" --seed "$seed" --operations 200 --model "$T/model" "$M/BASE/BUILD/CP/random"
control "$M/BASE" lock on
mkdir "$M/L"
# DELTA has them once they are changed
"$program" --seed "$seed" --operations 50 --model "$T/model" --resume "$M/L/BUILD/CP/random"
for ((cycle = 1; cycle <= ${CYCLES:-6}; cycle++)); do
	seed=$((seed + 1))
	"$program" --seed "$seed" --operations 100 --model "$T/model" --resume --crash "$DAEMON" \
		"$M/L/BUILD/CP/random" "$M/L/DELTA/CP/random" || fail "seed $seed"
	wait "$DAEMON" 2>/dev/null || true
	DAEMON=
	umount "$M"
	fsck.csmfs -n "$STORE" >"$T/fsck.said" 2>&1 || fail "seed $seed: fsck: $(cat "$T/fsck.said")"
	mount_store
done
"$program" --operations 0 --model "$T/model" --resume "$M/L/BUILD/CP/random"
