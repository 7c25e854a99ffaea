#!/usr/bin/env bash
# Runs the mounted tests, each in a private directory with its own store.
#
#   tests/run-mounted.sh [PATH...]     all tests, or those whose path starts with a PATH
#
# BUILD=build/asan takes the programs from there. JOBS tests run side by side (number of
# processors), each for at most LIMIT seconds (600). One line a test; of a failed one, all it
# said. The last line is "N passed, N failed". 77 (a command is missing) counts as failed: what
# the tests need, tools/setup.sh installs. With SAID=DIR what a test said is kept there.
set -u
cd "$(dirname "$0")/.." || exit 2
. tests/support/leftovers.sh
export BUILD=${BUILD:-build}
limit=${LIMIT:-600}
jobs=${JOBS:-$(nproc)}
export ASAN_OPTIONS=${ASAN_OPTIONS:-suppressions=$PWD/tests/support/asan.supp:allocator_may_return_null=1:detect_leaks=1:strict_string_checks=1}
export LSAN_OPTIONS=${LSAN_OPTIONS:-suppressions=$PWD/tests/support/lsan.supp:print_suppressions=0}
export TSAN_OPTIONS=${TSAN_OPTIONS:-allocator_may_return_null=1:suppressions=$PWD/tests/support/tsan.supp}

if [ "$(id -u)" -ne 0 ] || [ ! -c /dev/fuse ]; then
	echo "mounted tests need root and /dev/fuse: uid $(id -u), /dev/fuse $([ -c /dev/fuse ] && echo there || echo missing)"
	echo "0 passed, 1 failed"
	exit 1
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/csmfs-mounted.XXXXXX") || exit 2

end()
{
	local private

	trap - EXIT
	# timeout(1) hands the signal on to the test and all it started.
	cat "$work"/*.pid 2>/dev/null | xargs -r kill 2>/dev/null
	wait
	for private in "$work"/*/; do
		remove_leftovers "${private%/}"
	done
	rm -rf --one-file-system "$work"
}
trap end EXIT
trap 'exit 143' INT TERM HUP

one()
{
	local script=$1 private=$2 name=${1#tests/mount/} status=0 reason started=$SECONDS

	name=${name%.sh}
	mkdir "$private"
	CSMFS_TEST_DIR=$private timeout -k 15 "$limit" bash "$script" >"$private.log" 2>&1 </dev/null &
	echo $! >"$private.pid"
	wait $! || status=$?
	rm "$private.pid"
	remove_leftovers "$private"
	[ -z "${SAID:-}" ] || cp "$private.log" "$SAID/${name//\//-}"
	echo "$status" >"$private.status"
	case $status in
	0)
		echo "ok $name$([ $((SECONDS - started)) -lt 10 ] || echo " ($((SECONDS - started)) s)")"
		return
		;;
	77) reason="a command is missing" ;;
	124) reason="stopped after $limit seconds" ;;
	137) reason="killed" ;;
	*) reason="exit code $status" ;;
	esac
	echo "FAIL $name ($reason)"
	sed 's/^/    /' "$private.log"
}

number=0
for script in tests/mount/*/*.sh; do
	if [ $# -gt 0 ]; then
		chosen=
		for path; do
			case $script in "$path"*) chosen=yes ;; esac
		done
		[ -n "$chosen" ] || continue
	fi
	number=$((number + 1))
	while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do
		wait -n
	done
	one "$script" "$work/$number" >"$work/$number.said" &&
		flock "$work" cat "$work/$number.said" &
done
wait
passed=0 failed=0
for ((i = 1; i <= number; i++)); do
	if [ "$(cat "$work/$i.status" 2>/dev/null)" = 0 ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
