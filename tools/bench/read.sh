# tar c of a level's BUILD to a pipe. Cold as in walk.sh. Squashfs through FUSE and erofs in the
# kernel are read-only images of the same tree, made with LZ4.

# GNU tar reads nothing when its output is /dev/null.
tar_to_pipe()
{
	tar -C "$1" -c . | cat >/dev/null
}

images()
{
	if peer squashfuse squashfuse && peer mksquashfs squashfs-tools; then
		mksquashfs "${trees[1]}" "$work/squash.image" -comp lz4 -quiet -no-progress >"$work/said" 2>&1
		attach "$work/squashfuse" squashfuse "$work/squash.image"
	fi
	if grep -qw erofs /proc/filesystems && peer mkfs.erofs erofs-utils; then
		mkfs.erofs -zlz4 "$work/erofs.image" "${trees[1]}" >"$work/said" 2>&1
		attach "$work/erofs" mount -t erofs -o loop,ro "$work/erofs.image"
	fi
}

# A mount forgets with its unmount what dropping caches leaves.
images_again()
{
	[ ! -d "$work/squashfuse" ] || {
		detach "$work/squashfuse"
		attach "$work/squashfuse" squashfuse "$work/squash.image"
	}
	[ ! -d "$work/erofs" ] || {
		detach "$work/erofs"
		attach "$work/erofs" mount -t erofs -o loop,ro "$work/erofs.image"
	}
}

read_all()
{
	timed "$1.$local_name" tar_to_pipe "${trees[1]}"
	timed_csmfs real "$1" tar_to_pipe "$work/real.mnt/L/BUILD/X"
	[ ! -d "$work/squashfuse" ] || timed "$1.squashfuse" tar_to_pipe "$work/squashfuse"
	[ ! -d "$work/erofs" ] || timed "$1.erofs" tar_to_pipe "$work/erofs"
}

measure_read()
{
	local round name

	real_store
	title "tar c of $per files to a pipe"
	images
	for ((round = 1; round <= rounds; round++)); do
		again real
		images_again
		forget_all
		read_all read_cold
		read_all read
	done
	goal read ms max:1.25 "$local_name" 'tar c, warm'
	goal read_cold ms max:1.3 "$local_name" 'tar c, cold'
	for name in squashfuse erofs; do
		goal read ms none "$name" 'tar c, warm'
		goal read_cold ms none "$name" 'tar c, cold'
		[ ! -d "$work/$name" ] || detach "$work/$name"
	done
	rm -f "$work/squash.image" "$work/erofs.image"
}
