# Words for tests of POSIX rules, on top of levels.sh: each rule is shown in three places: an own
# directory in BUILD, one in DELTA, and in BUILD one that the level inherits.
#
#   each_place RULES      new store, mount; calls RULES in each place, in an empty directory of mode 777
#   expect HOW CALL...    a call by root ends so: ok or the name of an error. CALL: see probe/call.c
#   as UID GID[,GID...] expect HOW CALL...      the same by somebody else
#   later_than PATH       changes PATH's ctime mark: see moved
#   moved PATH            its ctime moved since later_than
#   mode PATH             prints mode and owners: 644 0:0

program_call=$(built call)
caller=(0 0)

expect()
{
	local how=$1 got

	shift
	got=$("$program_call" "${caller[@]}" "$@") || fail "call $*"
	[ "$got" = "$how" ] || fail "$place: $* by ${caller[*]}: $got, not $how"
}

as()
{
	caller=("$1" "$2")
	shift 2
	"$@"
	caller=(0 0)
}

later_than()
{
	mark=$(stat -c %z "$1")
	sleep 0.01
}

moved()
{
	[[ "$(stat -c %z "$1")" > "$mark" ]] || fail "$place: the ctime of $1 did not move: $mark"
}

mode()
{
	stat -c '%a %u:%g' "$1"
}

each_place()
{
	local place

	new_store
	mount_store
	mkdir -p "$M/BASE/BUILD/CP/old"
	chmod 777 "$M/BASE/BUILD/CP/old"
	control "$M/BASE" lock on
	mkdir "$M/L"
	for place in BUILD/CP/own DELTA/CP/delta BUILD/CP/old; do
		[ -d "$M/L/${place%/*}" ] || mkdir "$M/L/${place%/*}"
		[ -d "$M/L/$place" ] || mkdir "$M/L/$place"
		chmod 777 "$M/L/$place"
		cd "$M/L/$place"
		"$1"
		cd /
	done
}
