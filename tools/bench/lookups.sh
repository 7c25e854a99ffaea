# Look-ups in a chain of levels, each of which changed files in both directories.

. "$root/tools/bench/cold_names.sh"

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
