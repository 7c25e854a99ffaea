# Look-ups in a level that has many siblings.

. "$root/tools/bench/cold_names.sh"

measure_siblings()
{
	local round name repeat

	for name in alone among; do
		start "$name"
		fill "$name" "$looked_up"
		lock_base "$name"
		hands siblings "$work/$name.mnt" "$([ "$name" = alone ] && echo 1 || echo "$siblings")"
	done
	for ((round = 1; round <= rounds; round++)); do
		for name in alone among; do
			cold "names.$name" "$name" S1 "$looked_up"
			for ((repeat = 1; repeat <= 5; repeat++)); do
				cold "changed.$name" "$name" S1 1
			done
		done
	done
	heading 'a stat in one of so many sibling levels, cold' 1 "$siblings"
	row "$looked_up names" us "$work/names.alone" "$work/names.among"
	row 'the same, processor time of the daemon' us "$work/names.alone.processor" "$work/names.among.processor"
	row 'the file that all of them changed' us "$work/changed.alone" "$work/changed.among"
	echo "the daemon's memory: $(memory among VmRSS) MB, $(memory among VmHWM) MB at most"
	stop alone
	stop among
}
