# find -ls of a level's BUILD, which is BASE with a layer on top. Cold: mounted anew, and the
# kernel's caches dropped.

measure_walk()
{
	local round build plain theirs ours

	real_store
	title "find -ls of $per files"
	build=$work/real.mnt/L/BUILD/X plain=${trees[1]}
	for ((round = 1; round <= rounds; round++)); do
		again real
		forget_all
		theirs=(timed "walk_cold.$local_name" find "$plain" -ls)
		ours=(timed_csmfs real walk_cold find "$build" -ls)
		in_turn theirs ours
		theirs[1]=walk.$local_name ours[2]=walk
		in_turn theirs ours
	done
	goal walk ms max:1.3 "$local_name" 'find -ls, warm'
	goal walk_cold ms max:1.5 "$local_name" 'find -ls, cold'
}
