# What a level costs, and what memory a large BASE takes.

. "$root/tools/bench/two_sizes.sh"

measure_levels()
{
	local round name

	fill_two
	for ((round = 1; round <= rounds; round++)); do
		for name in few many; do
			hands mkdir "$work/$name.mnt/L$round" >>"$work/mkdir.$name"
			echo "$round" >"$work/$name.mnt/L$round/BUILD/X/0000/f001"
			hands child "L$round" "$work/$name.mnt/C$round" >>"$work/child.$name"
		done
	done
	heading 'a level' "$few files" "$files files"
	row 'mkdir, based on BASE' us "$work/mkdir.few" "$work/mkdir.many"
	row 'mkdir and basedon of a level being edited' us "$work/child.few" "$work/child.many"
	title 'a level, against its size'
	cp "$work/mkdir.many" "$work/mkdir.csmfs"
	goal mkdir us max:1.5 few "mkdir of a level, $files files against $few"
	echo "$filled"
	echo "the daemon's memory: $memory_filled when filled, $(memory many VmRSS) MB with $((2 * rounds)) levels," \
		"$(memory many VmHWM) MB at most"
}
