# Names the kernel does not know, for the sections lookups and siblings.

looked_up=2000 # names that are looked up

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
