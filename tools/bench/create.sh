# Creating a level on the whole tree, against a copy of it that shares its blocks, on btrfs in a
# loop device.

measure_create()
{
	local round

	title 'create a level'
	real_store
	if peer mkfs.btrfs btrfs-progs; then
		loop btrfs 6G
		mkfs.btrfs -q "$work/btrfs.image" >"$work/said" 2>&1 || fail "$(cat "$work/said")"
		attach "$work/btrfs" mount -o loop "$work/btrfs.image"
		cp -a "${trees[0]}" "$work/btrfs/base"
		btrfs subvolume create "$work/btrfs/volume" >/dev/null
		cp -a --reflink=always "$work/btrfs/base" "$work/btrfs/volume/"
	fi
	for ((round = 1; round <= rounds; round++)); do
		timed_csmfs real create mkdir "$work/real.mnt/CREATED$round"
		[ -d "$work/btrfs" ] || continue
		sync
		timed create.reflink cp -a --reflink=always "$work/btrfs/base" "$work/btrfs/$round"
		timed create.snapshot btrfs subvolume snapshot "$work/btrfs/volume" "$work/btrfs/snapshot$round"
	done
	for ((round = 1; round <= rounds; round++)); do
		rmdir "$work/real.mnt/CREATED$round"
	done
	goal create ms max:0.01 reflink "a level on $per files"
	goal create ms none snapshot 'the same, btrfs snapshot'
	[ ! -d "$work/btrfs" ] || detach "$work/btrfs"
	rm -f "$work/btrfs.image"
}
