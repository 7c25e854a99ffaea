# Comparing: the digest of a level after an edit, and what a level changes, which DELTA lists,
# against diff -rq of two plain trees.

edit_and_digest()
{
	echo "$1" >>"$work/real.mnt/EDITED/BUILD/X/$edited"
	hands digest "$work/real.mnt/EDITED" | awk '{ printf "%.3f\n", $1 / 1000 }'
}

diff_trees()
{
	diff -rq --no-dereference "$1" "$2" || [ $? -eq 1 ]
}

measure_compare()
{
	local round edited

	real_store
	title "comparing levels of $per files"
	edited=$(cd "${trees[0]}" && find . -type f | sort | sed -n '$p')
	mkdir "$work/real.mnt/EDITED"
	hands digest "$work/real.mnt/EDITED" >/dev/null
	for ((round = 1; round <= rounds; round++)); do
		kept_csmfs real digest edit_and_digest "$round"
		again real
		forget_all
		timed compare.diff diff_trees "${trees[0]}" "${trees[1]}"
		timed_csmfs real compare find "$work/real.mnt/L/DELTA" -ls
	done
	rmdir "$work/real.mnt/EDITED"
	limit digest ms 50 'digest of a level after an edit'
	goal compare ms max:0.05 diff 'find -ls of DELTA; diff -rq; cold'
}
