#!/usr/bin/env bash
# Measures what csmfs promises about costs, on stores in a temporary directory, and prints medians
# and ratios. It asserts nothing: what was measured, and where, is in docs/performance.md.
#
#   make bench                       or tools/bench.sh [SECTION...]
#
# Sections: levels, digests, lookups, siblings, copies; all of them when none is named.
#
#   FILES=1000000    files in the large BASE          SIBLINGS=1000  levels that changed one file
#   DEPTH=50         levels in the chain              ROUNDS=11      repetitions, alternating
#   TREE=DIR         what is copied (4,000 files of this machine)
#   TMPDIR=/tmp      a directory on a local disk, with a gigabyte to spare
set -euo pipefail
export LC_ALL=C TZ=UTC
umask 022

root=$(cd "$(dirname "$0")/.." && pwd)
build=${BUILD:-build}
case $build in /*) ;; *) build=$root/$build ;; esac
export PATH=$build:$PATH:/usr/sbin:/sbin
files=${FILES:-1000000} siblings=${SIBLINGS:-1000} depth=${DEPTH:-50} rounds=${ROUNDS:-11}
small=1000      # files in the small BASE
looked_up=2000  # names that are looked up
tree_files=4000

declare -A daemon
work=

at_end()
{
	local status=$? name

	trap - EXIT
	cd /
	for name in "${!daemon[@]}"; do
		stop "$name" || umount -l "$work/$name.mnt"
	done
	[ -z "$work" ] || rm -rf --one-file-system "$work"
	exit "$status"
}
trap at_end EXIT
trap 'exit 143' TERM INT HUP

fail()
{
	echo "bench: $*" >&2
	exit 1
}

hands()
{
	"$root/tools/bench.py" "$@"
}

# ---- stores ----

# Makes store NAME, mounted at $work/NAME.mnt, with the component X in BASE.
start()
{
	local mnt=$work/$1.mnt

	mkdir "$mnt"
	mkfs.csmfs --release 720 "$work/$1.store" >/dev/null
	csmfs "$work/$1.store" "$mnt" -f 2>>"$work/daemon.log" &
	daemon[$1]=$!
	until [ -e "$mnt/.csmfs/version" ]; do
		kill -0 "${daemon[$1]}" || fail "the daemon of $1 has ended"
		sleep 0.05
	done
	mkdir "$mnt/BASE/BUILD/X"
}

stop()
{
	umount "$work/$1.mnt"
	wait "${daemon[$1]}"
	unset "daemon[$1]"
	rm -rf "$work/$1.store"
	rmdir "$work/$1.mnt"
}

# fill NAME COUNT: by as many processes as there are processors. Whole directories each.
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

lookups()
{
	awk '/^csmfs_messages_total\{op="LOOKUP"\}/ { print $2 }' "$work/$1.mnt/.csmfs/metrics"
}

memory()
{
	awk -v name="$2:" '$1 == name { printf "%.0f MB\n", $2 / 1024 }' "/proc/${daemon[$1]}/status"
}

processor_seconds()
{
	awk -v tick="$(getconf CLK_TCK)" '{ printf "%.2f\n", ($14 + $15) / tick }' "/proc/${daemon[$1]}/stat"
}

# Precise, but of the threads that are there only: for short stretches.
processor_nanoseconds()
{
	cat "/proc/${daemon[$1]}"/task/*/schedstat | awk '{ sum += $1 } END { printf "%.0f\n", sum }'
}

# The kernel forgets names and inodes; the daemon keeps what it has.
forget()
{
	echo 2 >/proc/sys/vm/drop_caches
}

# ---- the table ----

heading()
{
	printf '\n%-44s %14s %14s %9s\n' "$1" "$2" "$3" ratio
}

# row WHAT UNIT FILE FILE: medians of the numbers in two files.
row()
{
	local a b

	a=$(hands median <"$3")
	b=$(hands median <"$4")
	printf '%-44s %14s %14s %9s\n' "$1" "$a $2" "$b $2" "$(awk "BEGIN { printf \"%.2f\", $b / $a }")"
}

# ---- levels: what one costs, and what memory a large BASE takes ----

fill_two()
{
	[ -z "${daemon[few]:-}" ] || return 0
	start few
	fill few "$small"
	lock_base few
	start many
	SECONDS=0
	fill many "$files"
	filled="$files files written in $SECONDS s, $(processor_seconds many) processor seconds of the daemon"
	memory_filled=$(memory many VmRSS)
	lock_base many
}

measure_levels()
{
	local round name

	fill_two
	for ((round = 1; round <= rounds; round++)); do
		for name in few many; do
			hands mkdir "$work/$name.mnt/L$round" >>"$work/mkdir.$name"
			echo "$round" >"$work/$name.mnt/L$round/BUILD/X/0000/f001"
			hands child "L$round" "$work/$name.mnt/C$round" >>"$work/child.$name"
		done
	done
	heading 'a level' "$small files" "$files files"
	row 'mkdir, based on BASE' us "$work/mkdir.few" "$work/mkdir.many"
	row 'mkdir and basedon of a level being edited' us "$work/child.few" "$work/child.many"
	echo "$filled"
	echo "the daemon's memory: $memory_filled when filled, $(memory many VmRSS) with $((2 * rounds)) levels," \
		"$(memory many VmHWM) at most"
}

# ---- digests: once for the whole tree, then at the cost of the edit ----

measure_digests()
{
	local round name

	fill_two
	for name in few many; do
		mkdir "$work/$name.mnt/DIGESTED"
		hands digest "$work/$name.mnt/DIGESTED" >"$work/whole.$name"
	done
	for ((round = 1; round <= rounds; round++)); do
		for name in few many; do
			echo "digested $round" >"$work/$name.mnt/DIGESTED/BUILD/X/0000/f002"
			hands digest "$work/$name.mnt/DIGESTED" >>"$work/edited.$name"
		done
	done
	heading 'the digest of a level' "$small files" "$files files"
	row 'the first, of the whole tree' us "$work/whole.few" "$work/whole.many"
	row 'after an edit' us "$work/edited.few" "$work/edited.many"
	echo "the daemon's memory: $(memory many VmRSS), $(memory many VmHWM) at most"
}

# ---- look-ups ----

# Names that BASE has, as paths in a level.
names_in()
{
	local number

	for ((number = 0; number < looked_up; number++)); do
		printf '%s/BUILD/X/%04d/f%03d\n' "$1" $((number / 1000)) $((number % 1000))
	done
}

# cold FILE STORE LEVEL COUNT: the time of a stat of the first COUNT names, none of them known to
# the kernel, and what of it the daemon's processor time is, to FILE.processor.
cold()
{
	local before

	forget
	before=$(processor_nanoseconds "$2")
	names_in "$work/$2.mnt/$3" | sed -n "1,$4p" | hands stat >>"$work/$1"
	echo "$(($(processor_nanoseconds "$2") - before)) $4" |
		awk '{ printf "%.3f\n", $1 / $2 / 1000 }' >>"$work/$1.processor"
}

measure_lookups()
{
	local round number before

	start chain
	fill chain "$looked_up"
	lock_base chain
	for ((number = 1; number <= depth; number++)); do
		mkdir "$work/chain.mnt/D$number"
		[ "$number" -eq 1 ] ||
			setfattr -n user.csmfs.basedon -v "D$((number - 1))" "$work/chain.mnt/D$number"
		echo "$number" >"$work/chain.mnt/D$number/BUILD/X/0000/f000"
		echo "$number" >"$work/chain.mnt/D$number/BUILD/X/0001/new$number"
	done
	before=$(lookups chain)
	for ((round = 1; round <= rounds; round++)); do
		cold shallow chain D1 "$looked_up"
		cold deep chain "D$depth" "$looked_up"
	done
	heading "a stat of $looked_up names, cold" 'depth 1' "depth $depth"
	row 'files of BASE' us "$work/shallow" "$work/deep"
	row 'the same, processor time of the daemon' us "$work/shallow.processor" "$work/deep.processor"
	echo "look-ups that reached the daemon: $(($(lookups chain) - before)) for" \
		"$((2 * rounds * looked_up)) stats"
	stop chain
}

measure_siblings()
{
	local round name repeat

	for name in alone among; do
		start "$name"
		fill "$name" "$looked_up"
		lock_base "$name"
		hands siblings "$work/$name.mnt" "$([ "$name" = alone ] && echo 1 || echo "$siblings")"
	done
	for ((round = 1; round <= rounds; round++)); do
		for name in alone among; do
			cold "names.$name" "$name" S1 "$looked_up"
			for ((repeat = 1; repeat <= 5; repeat++)); do
				cold "changed.$name" "$name" S1 1
			done
		done
	done
	heading 'a stat in one of so many sibling levels, cold' 1 "$siblings"
	row "$looked_up names" us "$work/names.alone" "$work/names.among"
	row 'the same, processor time of the daemon' us "$work/names.alone.processor" "$work/names.among.processor"
	row 'the file that all of them changed' us "$work/changed.alone" "$work/changed.among"
	echo "the daemon's memory: $(memory among VmRSS), $(memory among VmHWM) at most"
	stop alone
	stop among
}

# ---- copies ----

gather_tree()
{
	mkdir "$work/tree"
	if [ -n "${TREE:-}" ]; then
		cp -a "$TREE/." "$work/tree/"
		return
	fi
	find /usr/include /usr/share /usr/lib -xdev -type f -size -256k | sort | sed -n "1,${tree_files}p" >"$work/list"
	rsync -a --files-from="$work/list" / "$work/tree"
}

# copy NAME TO: how long cp -a takes, in milliseconds.
copy()
{
	local start

	sync
	start=$(date +%s%N)
	cp -a "$work/tree/." "$2"
	echo $((($(date +%s%N) - start) / 1000000)) >>"$work/$1"
}

measure_copies()
{
	local round

	gather_tree
	for ((round = 1; round <= (rounds + 1) / 2; round++)); do
		mkdir "$work/plain"
		copy cp.plain "$work/plain"
		rm -rf "$work/plain"
		start copied
		copy cp.new "$work/copied.mnt/BASE/BUILD/X"
		processor_seconds copied >>"$work/cp.processor"
		lock_base copied
		mkdir "$work/copied.mnt/L" "$work/copied.mnt/L/BUILD/Y"
		copy cp.known "$work/copied.mnt/L/BUILD/Y"
		stop copied
	done
	heading "cp -a of $(find "$work/tree" -type f | wc -l) files" "$(findmnt -n -o FSTYPE -T "$work")" csmfs
	row 'new content' ms "$work/cp.plain" "$work/cp.new"
	row 'content the store has' ms "$work/cp.plain" "$work/cp.known"
	echo "processor seconds of the daemon, new content: $(hands median <"$work/cp.processor")"
}

# ---- the program ----

[ "$(id -u)" -eq 0 ] || fail 'mounts file systems: run it as root'
[ -c /dev/fuse ] || fail 'needs /dev/fuse: modprobe fuse'
for program in python3 rsync setfattr; do
	command -v "$program" >/dev/null || fail "needs $program; tools/setup.sh installs it"
done
[ -x "$build/csmfs" ] || fail "no csmfs in $build: make"
work=$(mktemp -d "${TMPDIR:-/tmp}/csmfs-bench.XXXXXX")
cd "$work"
echo "csmfs $(csmfs -V | cut -d ' ' -f 2), Linux $(uname -r), $(nproc) processors, load $(cut -d ' ' -f 1 /proc/loadavg)"
[ $# -gt 0 ] || set -- levels digests lookups siblings copies
for section in "$@"; do
	case $section in
	levels | digests | lookups | siblings | copies) "measure_$section" ;;
	*) fail "no section $section; there are levels, digests, lookups, siblings, copies" ;;
	esac
done
