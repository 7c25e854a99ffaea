# The library of the mounted shell tests (tests/mount/AREA/BEHAVIOUR.sh). A test begins:
#
#   #!/usr/bin/env bash
#   . "${0%/*}/../../support/mount.sh"
#   new_store; mount_store
#
# and is one behaviour; its name is the sentence. It runs under `set -euo pipefail`: the first
# command that fails, fails the test. It may be run alone, or by tests/run-mounted.sh.
#
# Variables
#   ROOT  the repository          BUILD  where the programs are ($ROOT/build; first in PATH)
#   T     a private directory, removed at the end        M  $T/mnt, the mount point
#   STORE $T/store, the store; set it to another path to work with a second one
#   DAEMON  pid of the supervisor of $M, or empty; a worker serves, see worker_pid
#
# Functions
#   new_store [RELEASE...]    makes $STORE with these releases (720)
#   mount_store [OPTION...]   mounts $STORE at $M and waits until it answers; options as of csmfs(8)
#   unmount_store             unmounts $M; the daemon must end by itself, with exit code 0
#   kill_daemon               kill -9 of supervisor and worker; the dead mount stays as it is
#   worker_pid                pid of the worker that serves $M; fails when there is none just now
#   kill_worker               kill -9 of the worker alone, as soon as there is one that answers
#   signal_worker SIGNAL      the same with another signal
#   remount [OPTION...]       unmount_store when the daemon lives, then mount_store
#   refused ERRNO COMMAND...  the command must fail and say why: ERRNO is a name as EROFS
#   expect_log PATTERN        $M/.csmfs/log must have a line that matches (grep -E)
#   same_tree [--times] A B   same names, kinds, modes, owners, sizes, targets, devices, contents,
#                             xattrs, ACLs, hard link groups; with --times modification times too
#   fail MESSAGE              the test fails
#   require COMMAND           ends the test with 77 when the command is not installed
#   mounted DIR               is something mounted at DIR?
#   later COMMAND             run at the end, also after a failure; last one first
#   try_mount STORE DIR [OPTION...]  mounts in the background way (no -f); exit code and stderr are csmfs's own
#   pid_of_store STORE        pid of the supervisor that has STORE, started by mount_store or try_mount
#
# Whatever is left mounted below $T is ended and unmounted at the end by the trap, and once more
# by tests/run-mounted.sh. More words: tests/support/levels.sh.

set -euo pipefail
export LC_ALL=C TZ=UTC
umask 022

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILD=${BUILD:-$ROOT/build}
case $BUILD in /*) ;; *) BUILD=$ROOT/$BUILD ;; esac
PATH=$BUILD:$PATH:/usr/sbin:/sbin
if [ -n "${CSMFS_TEST_DIR:-}" ]; then
	T=$CSMFS_TEST_DIR
else
	T=$(mktemp -d "${TMPDIR:-/tmp}/csmfs-test.XXXXXX")
fi
M=$T/mnt
STORE=$T/store
DAEMON=
export ROOT BUILD PATH T M
mkdir -p "$M"
cleanups=()

. "$ROOT/tests/support/leftovers.sh"

fail()
{
	echo "FAILED: $*" >&2
	exit 1
}

require()
{
	if ! command -v "$1" >/dev/null; then
		echo "needs $1, which is not installed" >&2
		exit 77
	fi
}

later()
{
	cleanups+=("$(printf '%q ' "$@")")
}

# A test that came to its end leaves a daemon that can end, too: with exit code 0, and without a
# word from a sanitizer.
end_daemon()
{
	local status=0

	if [ -n "$DAEMON" ] && umount "$M"; then
		wait "$DAEMON" || status=$?
		[ "$status" -eq 0 ] || echo "FAILED: the daemon ended with $status after the unmount" >&2
	fi
	if grep -q 'Sanitizer: \|runtime error:' "$T/daemon.log" 2>/dev/null; then
		echo "FAILED: a sanitizer found something" >&2
		status=1
	fi
	return "$status"
}

at_end()
{
	local status=$? i

	trap - EXIT
	set +e
	cd /
	for ((i = ${#cleanups[@]} - 1; i >= 0; i--)); do
		eval "${cleanups[i]}" >&2
	done
	if [ "$status" -eq 0 ]; then
		end_daemon || status=1
	fi
	if [ "$status" -ne 0 ] && [ -s "$T/daemon.log" ]; then
		echo "--- what the daemon said:" >&2
		# A sanitizer's first lines tell most; otherwise the last words do.
		if grep -q 'Sanitizer: \|runtime error:' "$T/daemon.log"; then
			grep -A 40 -m 1 'Sanitizer: \|runtime error:' "$T/daemon.log" >&2
		else
			tail -n 40 "$T/daemon.log" >&2
		fi
	fi
	disown -a 2>/dev/null
	remove_leftovers "$T"
	rm -rf --one-file-system "$T"
	exit "$status"
}
trap at_end EXIT
trap 'exit 143' TERM INT HUP

mounted()
{
	mount_places | grep -xF -- "$1" >/dev/null
}

new_store()
{
	local release

	for release in "${@:-720}"; do
		mkfs.csmfs --release "$release" "$STORE" >/dev/null || fail "mkfs.csmfs --release $release $STORE"
	done
}

answers()
{
	[ -e "$1/.csmfs/version" ]
} 2>/dev/null

# The daemon stays in the foreground so that its pid is known and its words are kept.
mount_store()
{
	local tries=0

	csmfs "$STORE" "$M" -f "$@" >>"$T/daemon.log" 2>&1 </dev/null &
	DAEMON=$!
	echo "$DAEMON" >>"$T/pids"
	until answers "$M"; do
		kill -0 "$DAEMON" 2>/dev/null || fail "csmfs $STORE $M $* ended before it answered"
		tries=$((tries + 1))
		[ "$tries" -lt 1200 ] || fail "csmfs $STORE $M $* does not answer"
		sleep 0.05
	done
}

unmount_store()
{
	local status=0

	umount "$M" || fail "umount $M"
	[ -n "$DAEMON" ] || return 0
	wait "$DAEMON" || status=$?
	DAEMON=
	[ "$status" -eq 0 ] || fail "the daemon ended with $status after the unmount"
}

kill_daemon()
{
	local worker

	[ -n "$DAEMON" ] || fail "no daemon to kill"
	worker=$(worker_pid) || worker=
	kill -9 "$DAEMON"
	wait "$DAEMON" 2>/dev/null || true
	DAEMON=
	# The worker dies with it, a moment later.
	while [ -n "$worker" ] && lives "$worker"; do
		sleep 0.01
	done
}

# A process that nobody has waited for yet is dead, once its last thread is.
lives()
{
	awk '/^State:/ { dead = $2 == "Z" } /^Threads:/ { threads = $2 } END { exit NR == 0 || (dead && threads < 2) }' \
		"/proc/$1/status" 2>/dev/null
}

worker_pid()
{
	local child

	for child in $(cat "/proc/$DAEMON/task/$DAEMON/children"); do
		[ "$(cat "/proc/$child/comm" 2>/dev/null)" = csmfs-worker ] && echo "$child" && return 0
	done
	return 1
}

signal_worker()
{
	answers "$M" || fail "csmfs does not answer"
	kill "-$1" "$(worker_pid)"
}

kill_worker()
{
	signal_worker KILL
}

remount()
{
	[ -z "$DAEMON" ] || unmount_store
	mount_store "$@"
}

pid_of_store()
{
	local process words

	for process in /proc/[0-9]*; do
		[ "$(readlink "$process/exe" 2>/dev/null)" = "$(readlink -f "$BUILD/csmfs")" ] || continue
		[ "$(cat "$process/comm" 2>/dev/null)" = csmfs ] || continue
		mapfile -d '' -t words <"$process/cmdline" 2>/dev/null || continue
		case " ${words[*]} " in *" $1 "*) echo "${process#/proc/}" && return 0 ;; esac
	done
	return 1
}

try_mount()
{
	local status=0

	csmfs "$@" </dev/null || status=$?
	pid_of_store "$1" >>"$T/pids" || true
	return "$status"
}

errno_text()
{
	case $1 in
	EACCES) echo 'Permission denied' ;;
	EBUSY) echo 'Device or resource busy' ;;
	EEXIST) echo 'File exists' ;;
	EFBIG) echo 'File too large' ;;
	EINVAL) echo 'Invalid argument' ;;
	EIO) echo 'Input/output error' ;;
	EISDIR) echo 'Is a directory' ;;
	ELOOP) echo 'Too many levels of symbolic links' ;;
	EMLINK) echo 'Too many links' ;;
	ENAMETOOLONG) echo 'File name too long' ;;
	ENODATA) echo 'No data available|No such attribute' ;;
	ENOENT) echo 'No such file or directory' ;;
	ENOSPC) echo 'No space left on device' ;;
	ENOTCONN) echo 'Transport endpoint is not connected' ;;
	ENOTDIR) echo 'Not a directory' ;;
	ENOTEMPTY) echo 'Directory not empty' ;;
	ENXIO) echo 'No such device or address' ;;
	EOPNOTSUPP | ENOTSUP) echo 'Operation not supported' ;;
	EPERM) echo 'Operation not permitted' ;;
	EROFS) echo 'Read-only file system' ;;
	ESTALE) echo 'Stale file handle' ;;
	ETXTBSY) echo 'Text file busy' ;;
	EXDEV) echo 'Invalid cross-device link' ;;
	*) fail "refused: no text known for $1" ;;
	esac
}

refused()
{
	local name=$1 text said status=0

	shift
	text=$(errno_text "$name")
	said=$("$@" 2>&1) || status=$?
	[ "$status" -ne 0 ] || fail "not refused: $*"
	printf '%s\n' "$said" | grep -qE "$text" || fail "$*: expected $name ($text), got: $said"
}

expect_log()
{
	grep -qE -- "$1" "$M/.csmfs/log" || {
		tail -n 20 "$M/.csmfs/log" >&2
		fail "no line of the log matches: $1"
	}
}

# Everything about a tree that a copy must keep, as sorted text. Inode numbers are replaced by
# the first name of the inode, sizes of directories are nobody's business.
describe_tree()
{
	local times=$1

	find . -type d -printf "%P\tdirectory %m %U:%G\0" | sort -z | tr '\0' '\n'
	find . ! -type d -printf "%P\t%y %m %U:%G %s %l\0" | sort -z | tr '\0' '\n'
	find . \( -type b -o -type c \) -print0 | sort -z | xargs -0 -r stat -c '%n device %t:%T'
	find . ! -type d -links +1 -printf '%P\t%i\0' | sort -z | tr '\0' '\n' |
		awk -F '\t' '{ if (!($2 in first)) first[$2] = $1; print $1 "\tone file with " first[$2] }'
	find . -type f -print0 | sort -z | xargs -0 -r sha256sum
	find . -print0 | sort -z | xargs -0 -r getfattr -h -d -m - -e hex 2>/dev/null
	[ -z "$times" ] || find . -printf '%P\tmodified %T@\0' | sort -z | tr '\0' '\n'
}

same_tree()
{
	local times=

	if [ "$1" = --times ]; then
		times=yes
		shift
	fi
	[ -d "$1" ] || fail "same_tree: no directory $1"
	[ -d "$2" ] || fail "same_tree: no directory $2"
	(cd "$1" && describe_tree "$times") >"$T/tree.a"
	(cd "$2" && describe_tree "$times") >"$T/tree.b"
	diff -u "$T/tree.a" "$T/tree.b" >"$T/tree.diff" || {
		head -n 60 "$T/tree.diff" >&2
		fail "$1 and $2 differ"
	}
}
