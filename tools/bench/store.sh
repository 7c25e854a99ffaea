# Stores for the sections of bench.sh: made, mounted, filled, counted and thrown away by name.
#
#   start NAME                   makes and mounts store NAME at $work/NAME.mnt, component X in BASE
#   again NAME                   unmounts and mounts it: nothing of it is in the daemon's memory
#   stop NAME                    unmounts it and throws it away
#   fill NAME COUNT              COUNT small files, by as many processes as there are processors
#   lock_base NAME
#   forget, forget_all           the kernel forgets names and inodes; also content
#   memory NAME VmRSS|VmHWM      of the worker, which is the process that serves
#   processor_seconds NAME       of the worker
#   lookups NAME, messages NAME  what the kernel has sent so far
#
# The largest memory of every store that was stopped is a line of $work/highest: MB.

declare -A daemon

mount_it()
{
	local mnt=$work/$1.mnt

	csmfs "$work/$1.store" "$mnt" -f -o dev,suid 2>>"$work/daemon.log" &
	daemon[$1]=$!
	until [ -e "$mnt/.csmfs/version" ]; do
		kill -0 "${daemon[$1]}" || fail "the daemon of $1 has ended: $(tail -n 3 "$work/daemon.log")"
		sleep 0.05
	done
}

unmount_it()
{
	memory "$1" VmHWM >>"$work/highest" || true
	umount "$work/$1.mnt"
	wait "${daemon[$1]}"
	unset "daemon[$1]"
}

start()
{
	mkdir "$work/$1.mnt"
	mkfs.csmfs --release 720 "$work/$1.store" >/dev/null
	mount_it "$1"
	mkdir "$work/$1.mnt/BASE/BUILD/X"
}

again()
{
	unmount_it "$1"
	mount_it "$1"
}

stop()
{
	unmount_it "$1"
	rm -rf "$work/$1.store"
	rmdir "$work/$1.mnt"
}

# Whole directories for each process.
fill()
{
	local directory=$work/$1.mnt/BASE/BUILD/X step from pids=() pid

	step=$((($2 / $(nproc) + 999) / 1000 * 1000))
	for ((from = 0; from < $2; from += step)); do
		hands fill "$directory" "$from" "$((from + step < $2 ? from + step : $2))" &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		wait "$pid"
	done
}

lock_base()
{
	setfattr -n user.csmfs.lock -v on "$work/$1.mnt/BASE"
}

# The daemon keeps what it has in both.
forget()
{
	echo 2 >/proc/sys/vm/drop_caches
}

forget_all()
{
	sync
	echo 3 >/proc/sys/vm/drop_caches
}

# The supervisor's only child.
worker()
{
	local supervisor=${daemon[$1]}

	cut -d ' ' -f 1 "/proc/$supervisor/task/$supervisor/children"
}

memory()
{
	awk -v name="$2:" '$1 == name { printf "%.0f\n", $2 / 1024 }' "/proc/$(worker "$1")/status"
}

processor_seconds()
{
	awk -v tick="$(getconf CLK_TCK)" '{ printf "%.2f\n", ($14 + $15) / tick }' "/proc/$(worker "$1")/stat"
}

# Precise, but of the threads that are there only: for short stretches.
processor_nanoseconds()
{
	cat "/proc/$(worker "$1")"/task/*/schedstat | awk '{ sum += $1 } END { printf "%.0f\n", sum }'
}

lookups()
{
	awk '/^csmfs_messages_total\{op="LOOKUP"\}/ { print $2 }' "$work/$1.mnt/.csmfs/metrics"
}

messages()
{
	awk '/^csmfs_messages_total/ { sum += $2 } END { print sum }' "$work/$1.mnt/.csmfs/metrics"
}
