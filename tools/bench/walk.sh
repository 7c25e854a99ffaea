# find -ls of a level's BUILD, which is BASE with a layer on top. Cold: mounted anew, and the
# kernel's caches dropped.

measure_walk()
{
	local round build plain

	real_store
	title "find -ls of $per files"
	build=$work/real.mnt/L/BUILD/X plain=${trees[1]}
	for ((round = 1; round <= rounds; round++)); do
		again real
		forget_all
		timed "walk_cold.$local_name" find "$plain" -ls
		timed_csmfs real walk_cold find "$build" -ls
		timed "walk.$local_name" find "$plain" -ls
		timed_csmfs real walk find "$build" -ls
	done
	goal walk ms max:1.3 "$local_name" 'find -ls, warm'
	goal walk_cold ms max:1.5 "$local_name" 'find -ls, cold'
}
