#!/usr/bin/env bash
# The long tests: crashes and damage, more of what `make test` does in small, from a seed that is
# told first and can be given again; then tests/long/, each a story of its own.
#
#   make soak [SEED=N] [KILLS=200]
#
# The units that know CSMFS_SOAK run all they can; the daemon is killed KILLS times under load, 20
# times a store. Every part runs, whatever failed before.
set -u
cd "$(dirname "$0")/.." || exit 2
BUILD=${BUILD:-build}
seed=${SEED:-$(date +%s)}
kills=${KILLS:-200}
bad=0
echo "seed $seed"

CSMFS_SOAK=$seed CSMFS_SEED=$seed LIMIT=${LIMIT:-7200} JOBS=2 tests/run-units.sh \
	"$BUILD/tests/store/tree/test_crash_small" "$BUILD/tests/store/upkeep/test_damage" \
	"$BUILD/tests/store/tree/test_random" || bad=1
for ((done = 0; done < kills; done += 20)); do
	echo "kills $done to $((done + 20))"
	BUILD=$BUILD SEED=$((seed + done)) CYCLES=20 LIMIT=${LIMIT:-1200} \
		tests/run-mounted.sh tests/mount/crash/kill-nine-under-load || bad=1
done
# some three minutes: random operations on files and names against models, others each time
for ((turn = 0; turn < 3; turn++)); do
	BUILD=$BUILD SEED=$((seed + turn * 100)) OPERATIONS=10000 CYCLES=50 LIMIT=${LIMIT:-1200} \
		tests/run-mounted.sh tests/mount/random/ || bad=1
done
for story in tests/long/*.sh; do
	echo "${story#tests/}"
	BUILD=$BUILD timeout --foreground "${LIMIT:-3600}" "$story" || bad=1
done
[ "$bad" -eq 0 ] && echo "all good" || echo "soak failed, seed $seed"
exit "$bad"
