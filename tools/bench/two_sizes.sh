# A store with a small BASE and one with a large one, few and many, for the sections levels and
# digests.

few=1000 # files in the small BASE

fill_two()
{
	[ -z "${daemon[few]:-}" ] || return 0
	start few
	fill few "$few"
	lock_base few
	start many
	SECONDS=0
	fill many "$files"
	filled="$files files written in $SECONDS s, $(processor_seconds many) processor seconds of the daemon"
	memory_filled="$(memory many VmRSS) MB"
	lock_base many
}
