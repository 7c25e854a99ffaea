# The load of crash tests and its model, on top of mount.sh and levels.sh: writers in a level W, and an
# administrator who makes levels, packages and links. What was begun and what was acknowledged
# is on record outside of the file system, so that it can be told what must be there.
#
#   load_begin                  BASE, level W and system vm01; the model of them. A set-up that is on disk
#   load_start                  the workers of the next round, in the background
#   load_end                    after the daemon was killed: waits for them; fails when one met anything else
#   check_levels WHAT [PLACE]   levels, systems and their content are as the last operation that was
#                               acknowledged left them, or as the one that was begun then
#   check_files WHAT [PLACE]    all writes that were acknowledged are there
#   resume                      the model is what check_levels found; the next round goes on from there
#
# Variables
#   POWER_LOG   the log of a disk whose power can be cut (power_disk.sh); PLACE is a place in it, and
#               the checks are of what had been acknowledged and begun there. Without it: of all
#   round       of load_start          number   of the last operation
#   looked_at   acknowledged writes that check_files looked at so far

POWER_LOG=
declare -A state=() lock=() package=() content=() from=()
declare -A systems=()
link_test='' link_production='' link_previous=''
round=0 number=0 looked_at=0
WRITERS=3

load_build()
{
	"${CC:-cc}" -std=gnu11 -O2 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -o "$T/load" \
		"$ROOT/tests/support/probe/load.c"
}

disk_place()
{
	if [ -n "$POWER_LOG" ]; then
		stat -c %s "$POWER_LOG"
	else
		echo 0
	fi
}

# ---- the model of levels and links ----

model_text()
{
	local level system

	for level in "${!state[@]}"; do
		echo "level $level ${state[$level]} ${lock[$level]} ${package[$level]} ${content[$level]}"
	done | sort
	for level in "${!from[@]}"; do
		echo "level $level from ${from[$level]}"
	done | sort
	for system in "${!systems[@]}"; do
		echo "system $system"
	done | sort
	echo "links of vm01 test=$link_test production=$link_production previous=$link_previous"
}

# The digest only of a level that is packaged and will not be written any more.
mount_text()
{
	local level state lock package text other

	awk -F '[.]' 'function tell() { if (name != "" && name != "BASE") print name, state, lock, package }
		{ value = substr($0, index($0, ".") + 1) }
		/^:SRVLVL/ { tell(); name = value; package = "none" }
		/^:STATE/ { state = value } /^:LOCK/ { lock = value } /^:PKGSTAT/ && value != "" { package = value }
		END { tell() }' "$M/SVCSTAT" | sort | while read -r level state lock package; do
		text=none
		[ "$package" != CURRENT ] || text=$(control "$M/$level" digest)
		echo "level $level $state $lock $package $text"
	done
	for other in "$M"/*/PACKAGE.from.*; do
		[ -d "$other" ] || continue
		level=${other%/*}
		echo "level ${level##*/} from ${other##*.from.}"
	done | sort
	for other in "$M"/systems/*; do
		echo "system ${other##*/}"
	done | sort
	echo "links of vm01 test=$(level_of test) production=$(level_of production) previous=$(level_of previous)"
}

level_of()
{
	local target

	if target=$(readlink -v "$M/systems/vm01/$1" 2>&1); then
		echo "${target##*/}"
	else
		case $target in *': No such file or directory') ;; *) echo "$target" ;; esac
	fi
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
	declare -p state lock package content from systems link_test link_production link_previous \
		>"$T/model.$number.sh"
	echo "$number $(disk_place)" >>"$T/begun"
	"$@" || return 1
	echo "$number $(disk_place)" >>"$T/done"
}

forget_level()
{
	unset "state[$1]" "lock[$1]" "package[$1]" "content[$1]" "from[$1]"
}

roll_back()
{
	local old=$link_production

	link_production=$link_previous link_previous=$old
}

# What a STABLE level is for.
put_to_use()
{
	local level=$1

	operation "state[$level]=STABLE lock[$level]=ON" control "$M/$level" state STABLE &&
		operation "link_test=$level" ln -sfn "../../$level" "$M/systems/vm01/test" || return 1
	if [ -n "$link_production" ] && ((RANDOM % 2)); then
		operation "from[$level]=$link_production" mkdir "$M/$level/PACKAGE.from.$link_production" || return 1
	fi
	operation "link_previous=\$link_production link_production=$level link_test=" \
		mv -T "$M/systems/vm01/test" "$M/systems/vm01/production" || return 1
	[ -n "$link_previous" ] || return 0
	case $((RANDOM % 3)) in
	0) operation "roll_back" mv -T "$M/systems/vm01/previous" "$M/systems/vm01/production" ;;
	1) operation "link_previous=" rm "$M/systems/vm01/previous" ;;
	esac
}

take_away()
{
	local level=$1

	operation "lock[$level]=ON" control "$M/$level" lock on &&
		operation "lock[$level]=OFF" control "$M/$level" lock off &&
		operation "package[$level]=none content[$level]=none" rm -r "$M/$level/PACKAGE" &&
		operation "forget_level $level" rmdir "$M/$level"
}

# A new level with its content, its package, and most of what can be done to it.
one_level()
{
	local level=V$number text

	operation "state[$level]=TEST lock[$level]=OFF package[$level]=none content[$level]=none" mkdir "$M/$level" ||
		return 1
	if [ -n "$link_production" ] && ((RANDOM % 2)); then
		operation : control "$M/$level" basedon "$link_production" || return 1
	fi
	head -c "$((RANDOM * 4))" /dev/urandom >"$M/$level/BUILD/CP/part" &&
		text=$(control "$M/$level" digest) &&
		operation "package[$level]=CURRENT content[$level]=$text" mkdir "$M/$level/PACKAGE" || return 1
	if ((RANDOM % 3)); then
		put_to_use "$level"
	else
		take_away "$level" &&
			operation "systems[${level,,}]=there" mkdir "$M/systems/${level,,}" &&
			operation "unset 'systems[${level,,}]'" rmdir "$M/systems/${level,,}"
	fi
}

administrate()
{
	while one_level; do :; done
	[ -e "$T/killed" ] || echo "the administrator failed before the daemon was killed" >>"$T/unexpected"
}

writer()
{
	"$T/load" write "$1" "$2" "$3" ${POWER_LOG:+"$POWER_LOG"} || echo "the writer in $1 failed" >>"$T/unexpected"
	[ -e "$T/killed" ] || echo "the writer in $1 ended before the daemon was killed" >>"$T/unexpected"
}

# ROUND.WRITER: where it worked.
where()
{
	case ${1#*.} in
	0) echo "$M/W/BUILD/CP/$1" ;;
	1) echo "$M/W/DELTA/CP/$1" ;;
	*) echo "$M/W/APPLY/CP/$1" ;;
	esac
}

# ---- a round ----

load_begin()
{
	load_build
	mkdir -p "$M/BASE/BUILD/CP"
	echo base >"$M/BASE/BUILD/CP/part"
	control "$M/BASE" lock on
	mkdir "$M/W" "$M/W/APPLY/CP"
	mkdir -p "$M/W/DELTA/CP"
	mkdir "$M/systems/vm01"
	state[W]=TEST lock[W]=OFF package[W]=none content[W]=none systems[vm01]=there
	operation : true
}

load_start()
{
	local writer

	round=$((round + 1))
	rm -f "$T/killed"
	workers=()
	for ((writer = 0; writer < WRITERS; writer++)); do
		mkdir "$(where "$round.$writer")"
		: >"$T/journal.$round.$writer"
		writer "$(where "$round.$writer")" "$T/journal.$round.$writer" "$RANDOM" &
		workers+=($!)
	done
	administrate 2>"$T/administrator.said" &
	workers+=($!)
}

load_end()
{
	wait "${workers[@]}" || true
	[ ! -e "$T/unexpected" ] || fail "round $round: $(cat "$T/unexpected" "$T/administrator.said")"
}

# ---- the check ----

# The last operation of a record up to a place.
last_of()
{
	awk -v place="${2:-}" 'place == "" || $2 + 0 <= place + 0 { last = $1 } END { print last }' "$1"
}

check_levels()
{
	local begun finished

	begun=$(last_of "$T/begun" "${2:-}") finished=$(last_of "$T/done" "${2:-}")
	mount_text >"$T/found"
	if cmp -s "$T/found" "$T/model.$begun"; then
		found=$begun
	elif cmp -s "$T/found" "$T/model.$finished"; then
		found=$finished
	else
		diff -u "$T/model.$finished" "$T/found" >&2 || true
		diff -u "$T/model.$begun" "$T/found" >&2 || true
		fail "$1: the levels are neither as operation $finished left them nor as $begun"
	fi
}

resume()
{
	number=$found
	. <(sed 's/^declare /declare -g /' "$T/model.$number.sh")
	number=$(last_of "$T/begun")
	operation : true
}

check_files()
{
	local old said

	for old in "$T"/journal.*; do
		said=$("$T/load" check "$(where "${old##*/journal.}")" "$old" ${2:+"$2"}) ||
			fail "$1: what was written in $(where "${old##*/journal.}")"
		looked_at=$((looked_at + said))
	done
}
