#!/usr/bin/env bash
# Where the kernel does not send requests again, a call that was in flight when the worker died fails and
# does not hang; the mount lives on, and what the kernel shows of a change that may or may not have been
# made is what the store has.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"
. "$ROOT/tests/support/outlive.sh"

new_store
mount_store -o no_resend
base_locked
mkdir "$M/L"
component "$M/L" CP
mkdir "$M/L/BUILD/CP/b" "$M/L/BUILD/CP/d"
: >"$M/L/BUILD/CP/b/first"
: >"$M/L/DELTA/CP/d/first"

# Each name is changed once, so that nothing later puts right what went wrong.
change()
{
	local i

	for ((i = 0; i < 1500; i++)); do
		[ ! -e "$T/end" ] || break
		mkdir "$1/dir$i" || true
		ln "$1/first" "$1/link$i" || true
		mv "$1/link$i" "$1/moved$i" || true
		rmdir "$1/dir$i" || true
	done
} 2>>"$T/said"

change "$M/L/BUILD/CP/b" &
changers=($!)
change "$M/L/DELTA/CP/d" &
changers+=($!)
for ((i = 0; i < 15; i++)); do
	sleep "0.$((RANDOM % 16 + 5))"
	kill -9 "$(worker_pid)" || true
	until answers "$M"; do sleep 0.01; done
done
touch "$T/end"
wait "${changers[@]}"
kill -0 "$DAEMON"

# What is shown warm is what is shown by a mount that knows nothing yet.
show()
{
	local directory i

	for directory in BUILD/CP/b DELTA/CP/b BUILD/CP/d DELTA/CP/d; do
		cd "$M/L/$directory"
		ls -a
		for ((i = 0; i < 1500; i++)); do
			printf '%s\n' "dir$i" "link$i" "moved$i"
		done | xargs stat -c '%n %i %F' 2>/dev/null || true
	done
	cd /
}
show >"$T/warm"
unmount_store
mount_store
show >"$T/cold"
diff "$T/warm" "$T/cold" || fail 'the kernel shows what is not so'
grep -v 'connection abort\|Input/output error\|File exists\|No such file\|not empty' "$T/said" && fail 'another error' || true
unmount_store
fsck.csmfs -n "$STORE"
