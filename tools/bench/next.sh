# The next level: rsync -a of the next version over a level, against the same over a plain copy.

measure_next()
{
	local round

	real_store
	title "rsync -a of the next version of $per files"
	for ((round = 1; round <= rounds; round++)); do
		mkdir "$work/plain" "$work/real.mnt/NEXT"
		cp -a "${trees[0]}/." "$work/plain/"
		sync
		timed "next.$local_name" rsync -a --delete "${trees[1]}/" "$work/plain/"
		rm -rf "$work/plain"
		sync
		timed_csmfs real next rsync -a --delete "${trees[1]}/" "$work/real.mnt/NEXT/BUILD/X/"
		rmdir "$work/real.mnt/NEXT"
	done
	goal next ms max:1.3 "$local_name" 'rsync -a'
}
