#!/usr/bin/env bash
# Workers are killed, and csmfs is upgraded, below nfs-ganesha while clients read and write: no call
# of a client fails, nor gives what was not written.
#
#   [KILLS=100] [SEED=1] tests/long/nfs-worker-killed.sh
. "${0%/*}/../support/nfs.sh"
. "$ROOT/tests/support/outlive.sh"

# nfs_load WAY DIRECTORY: a client that works in DIRECTORY of the mount until end_loads.
nfs_load()
{
	local own=$T/client.${#loads[@]}
	local url="nfs://127.0.0.1/csmfs/720${2:+/$2}?version=4&nfsport=2049"

	mkdir -p "$M/$2" "$own"
	(cd "$own" && exec "$T/nfs_load" "$1" "$url" "$((RANDOM + ${#loads[@]}))") \
		>"$T/load.${#loads[@]}.calls" 2>"$T/load.${#loads[@]}.said" &
	loads+=($!)
}

kill_loads()
{
	[ ${#loads[@]} -eq 0 ] || kill -KILL "${loads[@]}" 2>/dev/null || true
}

# What a program beside the server knows of files before anything dies.
take_handles()
{
	handle=$(probe handle "$M/BASE/BUILD/CP/lib/one")
	written=$(probe handle "$M/L/BUILD/CP/written")
	numbers=$(numbers_now)
}

numbers_now()
{
	stat -c '%d %i' "$M" "$M/BASE/BUILD/CP/lib/one" "$M/L/BUILD/CP/written" \
		"$M/L/DELTA/CP/written"
}

as_it_was()
{
	equal "$(probe open-handle "$M" "$handle")" 'CP part one' 'the file of a handle'
	equal "$(probe open-handle "$M" "$written")" 'written before' 'the file of a handle'
	equal "$(numbers_now)" "$numbers" 'device and inode numbers'
	kill -0 "$ganesha" || fail "ganesha ended: $(tail -n 20 "$T/ganesha.log")"
}

kill_below()
{
	sleep 0.1
	kill_worker
	as_it_was
}

upgrade_below()
{
	local starts=$(metric csmfs_worker_starts_total)

	cp "$old_program" "$T/bin/new"
	mv "$T/bin/new" "$T/bin/csmfs"
	kill -USR2 "$DAEMON"
	until [ "$(metric csmfs_worker_starts_total)" -gt "$starts" ]; do sleep 0.05; done
	equal "$(readlink "/proc/$(worker_pid)/exe")" "$T/bin/csmfs" 'the program of the worker'
	as_it_was
}

# The server tells trouble in its log, also what it told no client. What it says at its start is
# about parts of a machine that the test has not.
ganesha_has_seen_nothing()
{
	kill -0 "$ganesha" || fail 'it ended'
	tail -n "+$((said_at_start + 1))" "$T/ganesha.log" >"$T/said_since"
	! grep -E ':(WARN|CRIT|MAJ|FATAL) :|Remote I/O|Stale|Input/output' "$T/said_since" ||
		fail 'it has'
}

a_new_client_reads()
{
	local url="nfs://127.0.0.1/csmfs/720/L/BUILD/CP" options='version=4&nfsport=2049' number name

	for number in "${writers[@]}"; do
		for name in f0 f1 f2 f3 f4 f5; do
			nfs-cat "$url/$number/$name?$options" | cmp - "$T/client.$number/$name"
		done
	done
}

# same_files DIRECTORY: what the writers knew at their end, in BUILD or DELTA.
same_files()
{
	local number name

	for number in "${writers[@]}"; do
		for name in f0 f1 f2 f3 f4 f5; do
			cmp "$T/client.$number/$name" "$M/L/$1/CP/$number/$name"
		done
	done
}

packages nfs-ganesha nfs-ganesha-vfs libnfs-utils libnfs-dev iproute2
step 'building the client'
${CC:-cc} -std=gnu11 -Wall -Wextra -D_GNU_SOURCE -O2 -o "$T/nfs_load" "$ROOT/tests/long/nfs_load.c" -lnfs
step 'starting the server'
old_program=$(readlink -f "$BUILD/csmfs")
mkdir "$T/bin"
cp "$old_program" "$T/bin/csmfs"
PATH=$T/bin:$PATH
serve_release
start_ganesha
later kill_loads
base_locked
mkdir "$M/L"
echo 'written before' >"$M/L/BUILD/CP/written"
take_handles
writers=(0 1)
nfs_load data L/BUILD/CP/0
nfs_load data L/BUILD/CP/1
nfs_load names L/BUILD/CP/2
nfs_load names L/DELTA/CP/3
nfs_load keep L/BUILD/CP/4
nfs_load levels ''
sleep 1
loads_live 'at the start'
said_at_start=$(wc -l <"$T/ganesha.log")

step "killing workers below the server, ${KILLS:-100} times and more"
check 'no call of a client fails or gives other bytes while workers are killed, handles stay' \
	deaths "${KILLS:-100}" kill_below
check 'so many workers were started' [ "$(metric csmfs_worker_starts_total)" -gt "${KILLS:-100}" ]
check 'the server goes on and has seen nothing' ganesha_has_seen_nothing
step 'upgrading csmfs below the server'
check 'no call of a client fails over upgrades, handles stay' deaths 5 upgrade_below
check 'the server goes on and has seen nothing of that either' ganesha_has_seen_nothing
echo "workers: $(metric csmfs_worker_starts_total)"
end_loads
check 'a new client reads what the others had written' a_new_client_reads
check 'programs beside the server read it' same_files BUILD
step 'unmounting, checking, mounting'
stop_ganesha
unmount_store
check 'fsck.csmfs -n is clean' fsck.csmfs -n "$STORE"
mount_store
check 'a new mount has it' same_files BUILD
check 'DELTA has it' same_files DELTA
finish
