#!/usr/bin/env bash
# What was acknowledged survives kill -9 at any moment, and each level operation is there whole
# or not at all. Writers work in BUILD and DELTA, an administrator makes levels, packages and
# links; the daemon is killed, at times also while it starts; then fsck must be clean, and the
# mount show what was acknowledged.
#
# CYCLES=200 kills as often (20; under sanitizers 6), SEED=N begins another row of moments.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

case $BUILD in */asan* | */tsan*) cycles=${CYCLES:-6} ;; *) cycles=${CYCLES:-20} ;; esac
RANDOM=${SEED:-1}
"${CC:-cc}" -std=gnu11 -O2 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -o "$T/load" "$ROOT/tests/support/probe/load.c"

# ---- the model of levels and links: what the two tables must say ----

declare -A state=() lock=() package=()
link_test='' link_production='' link_previous=''

model_text()
{
	local level

	for level in "${!state[@]}"; do
		echo "level $level ${state[$level]} ${lock[$level]} ${package[$level]}"
	done | sort
	echo "system vm01 test=$link_test production=$link_production previous=$link_previous"
}

mount_text()
{
	awk -F '[.]' 'function tell() { if (name != "" && name != "BASE") print "level", name, state, lock, package }
		{ value = substr($0, index($0, ".") + 1) }
		/^:SRVLVL/ { tell(); name = value; package = "none" }
		/^:STATE/ { state = value } /^:LOCK/ { lock = value } /^:PKGSTAT/ && value != "" { package = value }
		END { tell() }' "$M/SVCSTAT" | sort
	echo "system vm01 test=$(level_of test) production=$(level_of production) previous=$(level_of previous)"
}

level_of()
{
	local target

	target=$(readlink "$M/systems/vm01/$1") || return 0
	echo "${target##*/}"
}

# ---- the administrator ----

# operation MODEL-CHANGE COMMAND...: the model after it is on record before it is tried.
operation()
{
	local change=$1

	shift
	eval "$change"
	number=$((number + 1))
	model_text >"$T/model.$number"
	declare -p state lock package link_test link_production link_previous >"$T/model.$number.sh"
	echo "$number" >"$T/begun"
	"$@" || return 1
	echo "$number" >"$T/done"
}

# A new level with its content, its package, and most of what can be done to it.
one_level()
{
	local level=V$number

	operation "state[$level]=TEST lock[$level]=OFF package[$level]=none" mkdir "$M/$level" &&
		head -c "$((RANDOM * 4))" /dev/urandom >"$M/$level/BUILD/CP/part" &&
		operation "package[$level]=CURRENT" mkdir "$M/$level/PACKAGE" || return 1
	if ((RANDOM % 3)); then
		operation "state[$level]=STABLE lock[$level]=ON" control "$M/$level" state STABLE &&
			operation "link_test=$level" ln -sfn "../../$level" "$M/systems/vm01/test" &&
			operation "link_previous=\$link_production link_production=$level link_test=" \
				mv -T "$M/systems/vm01/test" "$M/systems/vm01/production" || return 1
		if [ -n "$link_previous" ] && ((RANDOM % 2)); then
			operation "roll_back" mv -T "$M/systems/vm01/previous" "$M/systems/vm01/production"
		fi
	else
		operation "lock[$level]=ON" control "$M/$level" lock on &&
			operation "lock[$level]=OFF" control "$M/$level" lock off &&
			operation "package[$level]=none" rm -r "$M/$level/PACKAGE" &&
			operation "unset 'state[$level]' 'lock[$level]' 'package[$level]'" rmdir "$M/$level"
	fi
}

roll_back()
{
	local old=$link_production

	link_production=$link_previous link_previous=$old
}

administrate()
{
	while one_level; do :; done
	[ -e "$T/killed" ] || echo "the administrator failed before the daemon was killed" >>"$T/unexpected"
}

writer()
{
	"$T/load" write "$1" "$2" "$3" || echo "the writer in $1 failed" >>"$T/unexpected"
	[ -e "$T/killed" ] || echo "the writer in $1 ended before the daemon was killed" >>"$T/unexpected"
}

# ---- the check ----

# The model is the one that was acknowledged last, or the one begun then.
check_levels()
{
	local begun finished

	begun=$(cat "$T/begun") finished=$(cat "$T/done")
	mount_text >"$T/found"
	if cmp -s "$T/found" "$T/model.$begun"; then
		number=$begun
	elif cmp -s "$T/found" "$T/model.$finished"; then
		number=$finished
	else
		diff -u "$T/model.$finished" "$T/found" >&2 || true
		diff -u "$T/model.$begun" "$T/found" >&2 || true
		fail "cycle $cycle: the levels are neither as operation $finished left them nor as $begun"
	fi
	. <(sed 's/^declare /declare -g /' "$T/model.$number.sh")
	echo "$number" | tee "$T/done" >"$T/begun"
}

# An interrupted level may have lost its content before it was packaged, so that it is not the name's turn again.
check_files()
{
	local old part said

	for old in "$T"/journal.*; do
		part=${old##*/journal.}
		said=$("$T/load" check "$(place "$part")" "$old") || fail "cycle $cycle: what was written in $(place "$part")"
		acknowledged=$((acknowledged + said))
	done
}

# journal CYCLE.WRITER: where it worked.
place()
{
	case ${1#*.} in
	0) echo "$M/W/BUILD/CP/$1" ;;
	1) echo "$M/W/DELTA/CP/$1" ;;
	*) echo "$M/W/APPLY/CP/$1" ;;
	esac
}

new_store
mount_store
mkdir -p "$M/BASE/BUILD/CP"
echo base >"$M/BASE/BUILD/CP/part"
control "$M/BASE" lock on
mkdir "$M/W" "$M/W/APPLY/CP" "$M/systems/vm01"
mkdir -p "$M/W/DELTA/CP"
state[W]=TEST lock[W]=OFF package[W]=none number=0
operation : true
acknowledged=0 operations=0 starts=0

for ((cycle = 1; cycle <= cycles; cycle++)); do
	rm -f "$T/killed"
	workers=()
	for writer in 0 1 2; do
		mkdir "$(place "$cycle.$writer")"
		: >"$T/journal.$cycle.$writer"
		writer "$(place "$cycle.$writer")" "$T/journal.$cycle.$writer" "$RANDOM" &
		workers+=($!)
	done
	administrate 2>"$T/administrator.said" &
	workers+=($!)
	sleep "$((RANDOM % 2)).$((RANDOM % 900 + 100))"
	touch "$T/killed"
	kill_daemon
	wait "${workers[@]}" || true
	umount "$M"
	[ ! -e "$T/unexpected" ] || fail "cycle $cycle: $(cat "$T/unexpected" "$T/administrator.said")"
	if ((cycle % 3 == 0)); then
		csmfs "$STORE" "$M" -f >>"$T/daemon.log" 2>&1 </dev/null &
		DAEMON=$!
		echo "$DAEMON" >>"$T/pids"
		sleep "0.0$((RANDOM % 90 + 10))"
		kill_daemon
		! mounted "$M" || umount -l "$M"
		starts=$((starts + 1))
	fi
	fsck.csmfs -n "$STORE" >"$T/fsck.said" 2>&1 || fail "cycle $cycle: fsck: $(cat "$T/fsck.said")"
	mount_store
	operations=$((operations + $(cat "$T/done") - number))
	check_levels
	check_files
	# of old ones the space must come back, too
	if ((cycle > 2)); then
		for writer in 0 1 2; do
			rm -r "$(place "$((cycle - 2)).$writer")"
			rm "$T/journal.$((cycle - 2)).$writer"
		done
	fi
done
unmount_store
fsck.csmfs -n "$STORE"
[ "$acknowledged" -gt 0 ] && [ "$number" -gt 0 ] || fail 'nothing was done'
echo "$cycles kills, $starts more while starting; $acknowledged acknowledged writes looked at, $number level operations"
