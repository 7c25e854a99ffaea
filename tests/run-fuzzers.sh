#!/usr/bin/env bash
# Runs fuzzers, one after the other, each for TIME seconds (20) from its kept inputs on.
#
#   tests/run-fuzzers.sh build/fuzz/fuzz_NAME...
#
# One line a fuzzer: executions, and the inputs that reached something new. What a fuzzer found is
# left in build/fuzz/found/ and is shown; once its cause is mended it belongs into
# tests/fuzz/corpus/NAME under the name of what it was, where every `make check` runs it.
set -u
cd "$(dirname "$0")/.." || exit 2
time=${TIME:-20}
mkdir -p build/fuzz/found
export ASAN_OPTIONS=${ASAN_OPTIONS:-allocator_may_return_null=1:detect_leaks=1:suppressions=$PWD/tests/support/asan.supp}
export LSAN_OPTIONS=${LSAN_OPTIONS:-suppressions=$PWD/tests/support/lsan.supp:print_suppressions=0}
passed=0 failed=0

for program; do
	name=${program##*/fuzz_}
	work=build/fuzz/work/$name
	log=build/fuzz/$name.log
	mkdir -p "$work"
	words=(-max_total_time="$time" -max_len=8192 -timeout=10 -rss_limit_mb=2048 -use_value_profile=1
		-print_final_stats=1 -artifact_prefix="build/fuzz/found/$name-")
	[ ! -f "tests/fuzz/$name.dict" ] || words+=(-dict="tests/fuzz/$name.dict")
	if "$program" "${words[@]}" "$work" "tests/fuzz/corpus/$name" >"$log" 2>&1 </dev/null; then
		passed=$((passed + 1))
		echo "ok $name: $(awk '/number_of_executed_units/ { print $2 }' "$log") executions," \
			"$(find "$work" -type f | wc -l) inputs of interest"
	else
		failed=$((failed + 1))
		echo "FAIL $name"
		grep -vE '^#[0-9]+[[:space:]]' "$log" | tail -n 40 | sed 's/^/    /'
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
