#!/usr/bin/env bash
# Without the processes that have the kernel forget, a change in DELTA could not be answered: when they are killed the
# next worker answers, and has others.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

tellers()
{
	local child

	for child in $(cat /proc/"$1"/task/*/children); do
		[ "$(cat "/proc/$child/comm" 2>/dev/null)" = csmfs-tell ] && echo "$child"
	done
	return 0
}

new_store
mount_store
base_locked
mkdir "$M/L"
mkdir "$M/L/BUILD/CP/new"
for mode in 700 711 755; do
	worker=$(worker_pid)
	mapfile -t pids < <(tellers "$worker")
	equal "${#pids[@]}" 4 'tellers of the worker'
	stat "$M/L/BUILD/CP/new" >/dev/null
	kill -9 "${pids[@]}"
	chmod "$mode" "$M/L/DELTA/CP/new"
	equal "$(stat -c %a "$M/L/BUILD/CP/new")" "$mode" 'the mode in BUILD'
	[ "$(worker_pid)" != "$worker" ] || fail 'the same worker goes on'
done
