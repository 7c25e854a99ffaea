# Words for mounted tests of the scrub, on top of mount.sh and levels.sh.
#
#   scrub WORDS               tells the scrub something
#   scrub_tag TAG             prints a line of /.csmfs/scrub
#   scrub_ends                waits until the scrub runs no more, and fails unless it finished
#   scrubbed                  a whole scrub without a limit
#   no_findings               fails when there are any
#   finding PATTERN           the findings must have a line that matches (grep -E)
#   marked_file PATH MARK     a file of 100,000 bytes that do not compress, the first of them MARK
#   flip_marked MARK          turns a bit over in what the store has of such a file, on the disk

scrub()
{
	setfattr -n user.csmfs.scrub -v "$1" "$M"
}

scrub_tag()
{
	sed -n "s/^:$1\\.//p" "$M/.csmfs/scrub"
}

scrub_ends()
{
	while [ "$(scrub_tag SCRUB)" = RUNNING ]; do
		sleep 0.05
	done
	equal "$(scrub_tag SCRUB)" FINISHED "the scrub's state"
}

scrubbed()
{
	scrub 'start rate=0'
	scrub_ends
}

no_findings()
{
	equal "$(cat "$M/.csmfs/scrub-findings")" '' 'findings'
	equal "$(scrub_tag FINDINGS)" 0 'number of findings'
}

finding()
{
	grep -qE -- "$1" "$M/.csmfs/scrub-findings" || {
		cat "$M/.csmfs/scrub-findings" >&2
		fail "no line of the findings matches: $1"
	}
}

marked_file()
{
	{ printf %s "$2"; head -c $((100000 - ${#2})) /dev/urandom; } > "$1"
}

flip_marked()
{
	local file at byte

	file=$(grep -la -- "$1" "$STORE"/db/*.blob | head -n 1)
	[ -n "$file" ] || fail "no file of the store has $1"
	at=$(grep -abo -- "$1" "$file" | head -n 1 | cut -d : -f 1)
	at=$((at + 50000))
	byte=$(od -An -tu1 -j "$at" -N 1 "$file")
	# shellcheck disable=SC2059
	printf "\\x$(printf %02x $((byte ^ 4)))" | dd of="$file" bs=1 seek="$at" conv=notrunc status=none
}
