#!/usr/bin/env bash
# Measures csmfs and its peers on real input, and what csmfs promises about costs; prints medians
# and ratios, beside them messages for each file and processor seconds of the daemon (the median
# of the rounds, too), and says which goals are reached. It asserts nothing: what was measured, and where,
# is in docs/performance.md.
#
#   make bench                       or tools/bench.sh [SECTION...]
#
# Each section is a file of its name in tools/bench. Against peers: create copy load next walk
# read compare package bigfile random compile dpkg size memory. On costs: levels digests lookups
# siblings copies. All of them when none is named.
#
#   PEERS=no         csmfs and the local file system alone; else peers are installed from Debian
#   SMALL=yes        small trees instead of the kernel's source: all of it in a minute or two, to
#                    test these scripts; the figures mean nothing
#   ROUNDS=3         repetitions against peers, alternating; of costs 11
#   CACHE=DIR        where sources are kept unpacked, on the file system that is compared with
#                    (TMPDIR/csmfs-bench-cache; 8 GB)
#   RESULTS=FILE     the rows as tab-separated values (build/bench.tsv); PLOT=FILE  a plot of them, SVG
#   BIG=4096         MiB of the big file
#   FILES=1000000    files in the large BASE          SIBLINGS=1000  levels that changed one file
#   DEPTH=50         levels in the chain              TREE=DIR       what section copies copies
#   TMPDIR=/tmp      a directory on a local disk, with 20 GB to spare (size and bigfile)
set -euo pipefail
export LC_ALL=C TZ=UTC
umask 022

root=$(cd "$(dirname "$0")/.." && pwd)
build=${BUILD:-build}
case $build in /*) ;; *) build=$root/$build ;; esac
export PATH=$build:$PATH:/usr/sbin:/sbin
sections=(create copy load next walk read compare package bigfile random compile dpkg size
	levels digests lookups siblings copies memory)
small=${SMALL:-no} peers=${PEERS:-yes} files=${FILES:-1000000} siblings=${SIBLINGS:-1000} depth=${DEPTH:-50}
big=${BIG:-4096} cost_rounds=${ROUNDS:-11} peer_rounds=${ROUNDS:-3}
cache=${CACHE:-${TMPDIR:-/tmp}/csmfs-bench-cache}
results=${RESULTS:-$build/bench.tsv}
work=

. "$root/tools/bench/store.sh"
. "$root/tools/bench/table.sh"
. "$root/tools/bench/input.sh"
. "$root/tools/bench/peers.sh"

at_end()
{
	local status=$? name

	trap - EXIT
	set +e
	cd /
	detach_all
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

known()
{
	case " ${sections[*]} " in *" $1 "*) return 0 ;; esac
	return 1
}

# Settings a section makes are its own, but for the stores it leaves mounted.
measure()
{
	section=$1 rounds=$peer_rounds per=1
	case $1 in levels | digests | lookups | siblings | copies) rounds=$cost_rounds ;; esac
	# shellcheck source=/dev/null
	. "$root/tools/bench/$1.sh"
	"measure_$1"
}

if [ "$small" = yes ]; then
	files=${FILES:-3000} siblings=${SIBLINGS:-10} depth=${DEPTH:-5} big=${BIG:-16}
	cost_rounds=${ROUNDS:-3} peer_rounds=${ROUNDS:-1}
fi
[ "$(id -u)" -eq 0 ] || fail 'mounts file systems: run it as root'
[ -c /dev/fuse ] || fail 'needs /dev/fuse: modprobe fuse'
for program in python3 rsync setfattr; do
	command -v "$program" >/dev/null || fail "needs $program; tools/setup.sh installs it"
done
[ -x "$build/csmfs" ] || fail "no csmfs in $build: make"
[ $# -gt 0 ] || set -- "${sections[@]}"
for name in "$@"; do
	known "$name" || fail "no section $name; there are ${sections[*]}"
done
work=$(mktemp -d "${TMPDIR:-/tmp}/csmfs-bench.XXXXXX")
mkdir -p "$cache" "$(dirname "$results")"
cd "$work"
local_name=$(findmnt -n -o FSTYPE -T "$work")
hands begin "$results"
echo "$(csmfs -V | sed -n 1p), Linux $(uname -r), $(nproc) processors, load $(cut -d ' ' -f 1 /proc/loadavg)"
for name in "$@"; do
	measure "$name"
done
[ -z "${PLOT:-}" ] || hands plot "$results" "$PLOT"
echo
echo "load at the end $(cut -d ' ' -f 1 /proc/loadavg); rows in $results"
