#!/usr/bin/env bash
# The long tests: crashes, power cuts and damage, more of what `make test` does in small, from a seed
# that is told first and can be given again; then tests/long/, each a story of its own.
#
#   make soak [SEED=N] [KILLS=200] [CUTS=2000] [PARTS='units kills workers cuts random limits stories']
#
# units    those that know CSMFS_SOAK run all they can
# kills    the daemon is killed KILLS times under load, 20 times a store
# workers  the worker below a mount is killed 500 times and more in each of three tests, for each 200 of KILLS
# cuts     the power is cut at CUTS places of what a load wrote, 200 a load
# random   random operations on files and names against models, three times with other seeds
# limits   10,000 levels, 1,000,000 names in a directory, and what else tests/mount/limits has
# stories  tests/long/*.sh
#
# Every part runs, whatever failed before. The summary at the end is a table for docs/reliability.md.
set -u
cd "$(dirname "$0")/.." || exit 2
export BUILD=${BUILD:-build}
seed=${SEED:-$(date +%s)}
kills=${KILLS:-200}
cuts=${CUTS:-2000}
parts=${PARTS:-units kills workers cuts random limits stories}
units=(tree/test_crash_small upkeep/test_crash_level upkeep/test_damage tree/test_random tree/test_file_adopt)
bad=0
results=$(mktemp -d "${TMPDIR:-/tmp}/csmfs-soak.XXXXXX") || exit 2
export SAID=$results/said
mkdir "$SAID"
trap 'rm -rf "$results"' EXIT
trap 'exit 143' INT TERM HUP
echo "seed $seed"

# figures NAME: what the runs of a test said of how much they did, the numbers of equal sentences added up.
figures()
{
	cat "$SAID/$1"* 2>/dev/null | awk '/^[0-9]+ (crashes|flips|kills|cuts|passed, [0-9]+ failed$)/ {
			sentence = $0
			gsub(/[0-9]+/, "#", sentence)
			if (!(sentence in numbers))
				order[++sentences] = sentence
			numbers[sentence] = split($0, number, /[^0-9]+/)
			for (i = 1; i <= numbers[sentence]; i++)
				sum[sentence, i] += number[i]
		}
		END {
			for (at = 1; at <= sentences; at++) {
				text = order[at]
				for (i = 1; sub(/#/, sum[order[at], i], text); i++)
					;
				printf "%s%s", (at > 1 ? "; " : ""), text
			}
		}'
}

# part NAME TEST COMMAND...: TEST is the name below which $SAID has what was said.
part()
{
	local name=$1 test=$2 started=$SECONDS word=ok

	shift 2
	echo
	echo "== $name"
	if ! "$@"; then
		word=FAIL
		bad=$((bad + 1))
	fi
	echo "| $name | $word | $(figures "$test") | $((SECONDS - started)) s |" >>"$results/summary"
}

wanted()
{
	case " $parts " in *" $1 "*) ;; *) return 1 ;; esac
}

run_units()
{
	CSMFS_SOAK=$seed CSMFS_SEED=$seed LIMIT=${LIMIT:-7200} tests/run-units.sh "$1"
}

# run_mounted TEST COUNT BATCH VARIABLE: COUNT of what VARIABLE tells the test, at most BATCH a store.
run_mounted()
{
	local done=0 more failed=0

	while [ "$done" -lt "$2" ]; do
		more=$(($2 - done < $3 ? $2 - done : $3))
		echo "$done to $((done + more)), seed $((seed + done))"
		env SEED=$((seed + done)) "$4=$more" LIMIT="${LIMIT:-1800}" \
			tests/run-mounted.sh "tests/mount/crash/$1" || failed=1
		mv "$SAID/crash-$1" "$SAID/crash-$1.$done"
		done=$((done + more))
	done
	return "$failed"
}

run_workers()
{
	local done failed=0

	for ((done = 0; done < kills; done += 200)); do
		SEED=$((seed + done)) KILLS=500 LIMIT="${LIMIT:-1800}" tests/run-mounted.sh tests/mount/outlive || failed=1
	done
	return "$failed"
}

run_random()
{
	local turn failed=0

	for turn in 0 100 200; do
		SEED=$((seed + turn)) OPERATIONS=10000 CYCLES=50 LIMIT="${LIMIT:-1200}" \
			tests/run-mounted.sh tests/mount/random/ || failed=1
	done
	return "$failed"
}

run_limits()
{
	LEVELS=10000 NAMES=1000000 LIMIT="${LIMIT:-3600}" tests/run-mounted.sh tests/mount/limits/
}

run_story()
{
	env SEED="$seed" CUTS= timeout --foreground "${LIMIT:-3600}" "$1" | tee "$SAID/${1##*/}"
	return "${PIPESTATUS[0]}"
}

if wanted units; then
	for unit in "${units[@]}"; do
		part "$unit" "${unit##*/}" run_units "$BUILD/tests/store/$unit"
	done
fi
if wanted kills; then
	part 'kill -9 under load' crash-kill run_mounted kill-nine-under-load "$kills" 20 CYCLES
fi
if wanted workers; then
	part 'workers killed under load' workers run_workers
fi
if wanted cuts; then
	part 'power cuts' crash-power run_mounted power-cut-keeps-what-was-acknowledged "$cuts" 200 CUTS
fi
if wanted random; then
	part 'random operations' random run_random
fi
if wanted limits; then
	part limits limits run_limits
fi
if wanted stories; then
	for story in tests/long/*.sh; do
		part "${story#tests/}" "${story##*/}" run_story "$story"
	done
fi

echo
echo "== summary, seed $seed, $(date +%Y-%m-%d), $(nproc) processors, $(uname -r)"
echo "| part | result | figures | time |"
echo "| --- | --- | --- | --- |"
cat "$results/summary"
[ "$bad" -eq 0 ] && echo "all good" || echo "$bad parts failed, seed $seed"
[ "$bad" -eq 0 ]
