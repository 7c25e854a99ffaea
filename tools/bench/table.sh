# How a section times and tells. Files of numbers are named KEY.WHO in $work: one line a round.
#
#   timed KEY.WHO COMMAND...         milliseconds
#   timed_csmfs NAME KEY COMMAND...  milliseconds to KEY.csmfs, messages to KEY.messages, and what
#                                    the daemon of store NAME took of a processor to KEY.processor
#   kept KEY.WHO COMMAND...          what the command prints is the number
#   kept_csmfs NAME KEY COMMAND...   the same with messages and processor time, as above
#   in_turn THEIRS OURS              runs the commands in these two arrays; the other one first in
#                                    every second round
#   goal KEY UNIT GOAL PEER WHAT     a row: csmfs against PEER, skipped when it was not measured.
#                                    GOAL is max:RATIO, min:RATIO, or none
#   limit KEY UNIT MOST WHAT         a row: csmfs against a number
#   heading, row                     rows of the sections on costs: two columns of csmfs
#
# Counted are messages for each of $per files: a section sets it. Commands read no stdin; what
# they print is thrown away, except where it is the number.

per=1

timed()
{
	local into=$work/$1 began

	shift
	began=$(date +%s%N)
	"$@" >/dev/null 2>"$work/said" </dev/null || fail "$*: $(tail -n 3 "$work/said")"
	echo "$((($(date +%s%N) - began) / 1000))" | awk '{ printf "%.3f\n", $1 / 1000 }' >>"$into"
}

kept()
{
	local into=$work/$1

	shift
	"$@" >>"$into" 2>"$work/said" </dev/null || fail "$*: $(tail -n 3 "$work/said")"
}

counted()
{
	local name=$2 key=$3 messages processor

	messages=$(messages "$name")
	processor=$(processor_seconds "$name")
	"$1" "$key.csmfs" "${@:4}"
	processor=$(awk -v before="$processor" -v after="$(processor_seconds "$name")" \
		'BEGIN { printf "%.2f", after - before }')
	echo "$processor" >>"$work/$key.processor"
	# Asking for the counters is itself some messages: look-ups, open, read, and so on.
	echo "$(($(messages "$name") - messages)) $per" | awk '{ printf "%.2f\n", $1 / $2 }' >>"$work/$key.messages"
}

timed_csmfs()
{
	counted timed "$@"
}

kept_csmfs()
{
	counted kept "$@"
}

in_turn()
{
	local -n one=$1 other=$2

	if ((round % 2)); then
		"${one[@]}"
		"${other[@]}"
	else
		"${other[@]}"
		"${one[@]}"
	fi
}

title()
{
	printf '\n%s\n' "$*"
	hands title
}

goal()
{
	[ -s "$work/$1.csmfs" ] && [ -s "$work/$1.$4" ] || return 0
	hands result "$results" "$section" "$work/$1" "$4" "$2" "$3" "$5"
}

limit()
{
	echo "$3" >"$work/$1.limit"
	goal "$1" "$2" max:1 limit "$4"
}

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
