# The next level: rsync -a of the next version over a level, against the same over a plain copy.
# A new store in each round: what changed is to be new to it.

measure_next()
{
	local round theirs ours

	inputs 2
	per=$(files_in "${trees[1]}")
	title "rsync -a of the next version of $per files"
	for ((round = 1; round <= rounds; round++)); do
		mkdir "$work/plain"
		cp -a "${trees[0]}/." "$work/plain/"
		start next
		cp -a "${trees[0]}/." "$work/next.mnt/BASE/BUILD/X/"
		lock_base next
		mkdir "$work/next.mnt/NEXT"
		sync
		theirs=(timed "next.$local_name" rsync -a --delete "${trees[1]}/" "$work/plain/")
		ours=(timed_csmfs next next rsync -a --delete "${trees[1]}/" "$work/next.mnt/NEXT/BUILD/X/")
		in_turn theirs ours
		rm -rf "$work/plain"
		stop next
	done
	goal next ms max:1.3 "$local_name" 'rsync -a'
}
