# The package of a level, against a batch of rsync made from two plain trees.

measure_package()
{
	local round changed

	real_store
	changed=$(find "$work/real.mnt/L/DELTA/X" ! -type d | wc -l)
	per=$changed
	title "the package of $changed changed files"
	for ((round = 1; round <= rounds; round++)); do
		timed package.rsync rsync -a --delete --only-write-batch="$work/batch" "${trees[1]}/" "${trees[0]}/"
		rm -f "$work"/batch*
		timed_csmfs real package mkdir "$work/real.mnt/L/PACKAGE"
		rm -r "$work/real.mnt/L/PACKAGE"
	done
	goal package ms max:1 rsync 'mkdir PACKAGE; rsync --only-write-batch'
}
