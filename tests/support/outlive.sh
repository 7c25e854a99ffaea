# Words for tests in which workers die under a load, on top of mount.sh and levels.sh.
#
#   load WAY DIR...        starts tests/support/probe/outlive.c in the background; see there
#   deaths N [COMMAND...]  N times: waits up to a fifth of a second, then COMMAND (kill_worker); every
#                          fifth time the next worker is killed as well while it starts
#   end_loads              ends all loads; each must have met nothing it did not expect
#
# SEED=N repeats a row of moments.

RANDOM=${SEED:-1}
loads=()

load()
{
	[ -x "$T/outlive" ] ||
		"${CC:-cc}" -std=gnu11 -O2 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -o "$T/outlive" \
			"$ROOT/tests/support/probe/outlive.c"
	"$T/outlive" "$@" >"$T/load.${#loads[@]}.calls" 2>"$T/load.${#loads[@]}.said" &
	loads+=($!)
}

loads_live()
{
	local i

	for i in "${!loads[@]}"; do
		kill -0 "${loads[i]}" 2>/dev/null || fail "$1: $(cat "$T/load.$i.said")"
	done
}

kill_starting_worker()
{
	local tries

	for ((tries = 0; tries < 200; tries++)); do
		kill -9 "$(worker_pid)" 2>/dev/null && return
		sleep 0.01
	done
}

deaths()
{
	local count=$1 i

	shift
	[ $# -gt 0 ] || set -- kill_worker
	for ((i = 1; i <= count; i++)); do
		sleep "0.$((RANDOM % 16 + 5))"
		"$@"
		((i % 5)) || kill_starting_worker
		loads_live "death $i"
	done
}

end_loads()
{
	local i

	answers "$M" || fail "csmfs does not answer"
	loads_live "at the end"
	kill "${loads[@]}"
	for i in "${!loads[@]}"; do
		wait "${loads[i]}" || fail "load $i: $(cat "$T/load.$i.said")"
		[ "$(cat "$T/load.$i.calls")" -gt 0 ] || fail "load $i did nothing"
	done
	echo "calls: $(cat "$T"/load.*.calls | tr '\n' ' ')"
	loads=()
}
