# What the store takes on disk after five versions of the tree, each a level on the one before,
# against repositories with the same five. Sizes are of du, after the unmount.

. "$root/tools/bench/copy.sh"

kib()
{
	du -sk "$1" | cut -f 1
}

size_csmfs()
{
	local number parent=BASE

	start five
	cp -a "${trees[0]}/." "$work/five.mnt/BASE/BUILD/X/"
	lock_base five
	for number in 1 2 3 4; do
		mkdir "$work/five.mnt/V$number"
		[ "$parent" = BASE ] || setfattr -n user.csmfs.basedon -v "$parent" "$work/five.mnt/V$number"
		rsync -a --delete "${trees[number]}/" "$work/five.mnt/V$number/BUILD/X/"
		setfattr -n user.csmfs.lock -v on "$work/five.mnt/V$number"
		parent=V$number
	done
	sync
	unmount_it five
	kib "$work/five.store" >"$work/size.csmfs"
	rm -rf "$work/five.store" "$work/five.mnt"
}

size_peers()
{
	local tree

	export BORG_BASE_DIR=$work/borg.home
	! peer ostree ostree || ostree init --repo="$work/ostree" --mode=archive
	! peer restic restic || restic -q init --repo "$work/restic"
	! peer borg borgbackup || borg init -e none "$work/borg" 2>/dev/null
	for tree in "${trees[@]}"; do
		[ ! -d "$work/ostree" ] || ostree commit --repo="$work/ostree" --branch=tree --tree=dir="$tree" >/dev/null
		[ ! -d "$work/restic" ] || (cd "$tree" && restic -q backup --no-cache --repo "$work/restic" .)
		[ ! -d "$work/borg" ] || (cd "$tree" && borg create --compression lz4 "$work/borg::${tree##*/}" .)
	done
	for tree in ostree restic borg; do
		[ ! -d "$work/$tree" ] || kib "$work/$tree" >"$work/size.$tree"
		rm -rf "${work:?}/$tree"
	done
}

measure_size()
{
	inputs 5
	title "the store after ${#trees[@]} versions of $(files_in "${trees[0]}") files"
	kib "${trees[0]}" >"$work/size.plain"
	size_csmfs
	size_peers
	goal size KiB max:1 borg 'size on disk'
	goal size KiB max:1 ostree 'size on disk'
	goal size KiB max:1.25 restic 'size on disk'
	goal size KiB none plain 'against one plain tree'
}
