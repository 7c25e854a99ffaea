# cp -a of the whole tree into BASE/BUILD of a new store, against the ways a tree is put into a
# file system or a repository by others. Nobody is asked to sync; each begins after one.

export RESTIC_PASSWORD=bench BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes

copy_overlay()
{
	mkdir "$work/lower" "$work/upper" "$work/workdir"
	attach "$work/merged" fuse-overlayfs -o "lowerdir=$work/lower,upperdir=$work/upper,workdir=$work/workdir"
	timed copy.overlay cp -a "${trees[0]}/." "$work/merged/"
	detach "$work/merged"
	rm -rf "$work/lower" "$work/upper" "$work/workdir"
}

copy_ostree()
{
	ostree init --repo="$work/ostree" --mode=bare-user
	timed copy.ostree ostree commit --repo="$work/ostree" --branch=base --tree=dir="${trees[0]}"
	rm -rf "$work/ostree"
}

copy_casync()
{
	timed copy.casync casync make --store="$work/casync.castr" "$work/casync.caidx" "${trees[0]}"
	rm -rf "$work"/casync.*
}

copy_restic()
{
	restic -q init --repo "$work/restic"
	timed copy.restic restic -q backup --no-cache --repo "$work/restic" "${trees[0]}"
	rm -rf "$work/restic"
}

copy_borg()
{
	export BORG_BASE_DIR=$work/borg.home
	borg init -e none "$work/borg" 2>/dev/null
	timed copy.borg borg create --compression lz4 "$work/borg::base" "${trees[0]}"
	rm -rf "$work/borg" "$work/borg.home"
}

copy_round()
{
	mkdir "$work/plain"
	sync
	timed "copy.$local_name" cp -a "${trees[0]}/." "$work/plain/"
	rm -rf "$work/plain"
	start copied
	sync
	timed_csmfs copied copy cp -a "${trees[0]}/." "$work/copied.mnt/BASE/BUILD/X/"
	stop copied
	sync
	! peer fuse-overlayfs fuse-overlayfs || copy_overlay
	sync
	! peer ostree ostree || copy_ostree
	sync
	! peer casync casync || copy_casync
	sync
	! peer restic restic || copy_restic
	sync
	! peer borg borgbackup || copy_borg
}

measure_copy()
{
	local round name

	inputs 2
	per=$(files_in "${trees[0]}")
	title "cp -a of $per files into BASE/BUILD"
	for ((round = 1; round <= rounds; round++)); do
		copy_round
	done
	goal copy ms max:2 "$local_name" 'cp -a'
	for name in overlay ostree casync restic borg; do
		goal copy ms max:1 "$name" 'the same'
	done
}
