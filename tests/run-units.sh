#!/usr/bin/env bash
# Runs unit test programs side by side and counts their cases.
#
#   tests/run-units.sh PROGRAM...
#
# One line a program; of one that failed, all it said. The last line is "N passed, N failed".
# With SAID=DIR what a program said is kept there.
# A program that dies, or hangs longer than LIMIT seconds, counts as one failed case more.
set -u
cd "$(dirname "$0")/.." || exit 2
limit=${LIMIT:-900}
jobs=${JOBS:-$(nproc)}
work=$(mktemp -d "${TMPDIR:-/tmp}/csmfs-units.XXXXXX") || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 143' INT TERM HUP

# Where address space randomisation is wide, the thread sanitizer of gcc 12 cannot place its
# shadow: run without randomisation where that is allowed.
prefix=()
setarch -R true 2>/dev/null && prefix=(setarch -R)

export CMOCKA_MESSAGE_OUTPUT=TAP
export ASAN_OPTIONS=${ASAN_OPTIONS:-suppressions=$PWD/tests/support/asan.supp:allocator_may_return_null=1:detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1}
export LSAN_OPTIONS=${LSAN_OPTIONS:-suppressions=$PWD/tests/support/lsan.supp:print_suppressions=0}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
export TSAN_OPTIONS=${TSAN_OPTIONS:-allocator_may_return_null=1:suppressions=$PWD/tests/support/tsan.supp:second_deadlock_stack=1}

one()
{
	local program=$1 out=$2 status=0 passed failed skipped word=ok

	{ (exec timeout -k 10 "$limit" "${prefix[@]}" "$program" >"$out.log" 2>&1 </dev/null); } 2>/dev/null ||
		status=$?
	passed=$(grep -cE '^ok ' "$out.log")
	skipped=$(grep -cE '^not ok .*# SKIP' "$out.log")
	failed=$(($(grep -cE '^not ok ' "$out.log") - skipped))
	if [ "$status" -ne 0 ] && [ "$status" -ne "$failed" ]; then
		failed=$((failed + 1))
		echo "$program ended with $status" >>"$out.log"
	fi
	if [ "$status" -eq 0 ] && [ $((passed + failed + skipped)) -eq 0 ]; then
		failed=1
		echo "$program ran no test" >>"$out.log"
	fi
	[ "$failed" -eq 0 ] || word=FAIL
	echo "$passed $failed" >"$out.count"
	[ -z "${SAID:-}" ] || cp "$out.log" "$SAID/${program##*/}"
	echo "$word $program ($passed$([ "$skipped" -eq 0 ] || echo ", $skipped skipped"))"
	[ "$failed" -eq 0 ] || sed 's/^/    /' "$out.log"
}

number=0
for program; do
	number=$((number + 1))
	while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do
		wait -n
	done
	one "$program" "$work/$number" >"$work/$number.said" &&
		flock "$work" cat "$work/$number.said" &
done
wait
passed=0 failed=0
for ((i = 1; i <= number; i++)); do
	read -r p f <"$work/$i.count" || { p=0 f=1; }
	passed=$((passed + p)) failed=$((failed + f))
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
