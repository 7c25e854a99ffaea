#!/usr/bin/env bash
# Everything `make test` does after the set-up, in order, with a summary at the end. A step that
# fails does not stop the others, except that nothing runs without a build.
#
# Rooms are tested three times: plain, under the address and undefined behaviour sanitizers,
# and under the thread sanitizer; the file system on a real mount is tested plain and under the
# address and undefined behaviour sanitizers.
set -u
cd "$(dirname "$0")/.." || exit 2
if [ "$(id -u)" -ne 0 ] || [ ! -c /dev/fuse ]; then
	echo "make test mounts file systems: it needs root (uid is $(id -u)) and /dev/fuse (modprobe fuse);" \
		"make check does without" >&2
	exit 1
fi
MAKE=${MAKE:-make}
jobs=-j$(nproc)
results=$(mktemp -d "${TMPDIR:-/tmp}/csmfs-results.XXXXXX") || exit 2
trap 'rm -rf "$results"' EXIT
trap 'exit 143' INT TERM HUP
unset MAKEFLAGS MAKELEVEL MFLAGS
bad=0

# step NAME COMMAND...: runs it, shows what it says, keeps its last line for the summary.
step()
{
	local name=$1 started=$SECONDS status word=ok

	shift
	echo
	echo "== $name"
	"$@" 2>&1 | tee "$results/log"
	status=${PIPESTATUS[0]}
	if [ "$status" -ne 0 ]; then
		word=FAIL
		bad=$((bad + 1))
	fi
	printf '%-4s %-34s %s (%d s)\n' "$word" "$name" \
		"$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$results/log" | tail -n 1)" \
		"$((SECONDS - started))" >>"$results/summary"
	return "$status"
}

summary()
{
	echo
	echo "== summary"
	cat "$results/summary"
	[ "$bad" -eq 0 ] && echo "all good" || echo "$bad steps failed"
	[ "$bad" -eq 0 ]
	exit
}

step "build" "$MAKE" -s "$jobs" DEVELOPER=1 all units || summary
step "lint" "$MAKE" -s -k "$jobs" lint
step "units" "$MAKE" -s check
step "units, address and undefined" "$MAKE" -s "$jobs" SANITIZE=address,undefined check
step "units, thread" "$MAKE" -s "$jobs" SANITIZE=thread check
step "mounted" "$MAKE" -s check-mount
step "mounted, address and undefined" "$MAKE" -s "$jobs" SANITIZE=address,undefined check-mount
summary
