# Digests: once for the whole tree, then at the cost of the edit.

. "$root/tools/bench/two_sizes.sh"

measure_digests()
{
	local round name

	fill_two
	for name in few many; do
		mkdir "$work/$name.mnt/DIGESTED"
		hands digest "$work/$name.mnt/DIGESTED" >"$work/whole.$name"
	done
	for ((round = 1; round <= rounds; round++)); do
		for name in few many; do
			echo "digested $round" >"$work/$name.mnt/DIGESTED/BUILD/X/0000/f002"
			hands digest "$work/$name.mnt/DIGESTED" >>"$work/edited.$name"
		done
	done
	heading 'the digest of a level' "$few files" "$files files"
	row 'the first, of the whole tree' us "$work/whole.few" "$work/whole.many"
	row 'after an edit' us "$work/edited.few" "$work/edited.many"
	echo "the daemon's memory: $(memory many VmRSS) MB, $(memory many VmHWM) MB at most"
}
