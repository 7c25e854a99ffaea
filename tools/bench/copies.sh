# cp -a of files of this machine: content that is new, and content the store has.

tree_files=4000

gather_tree()
{
	mkdir "$work/tree"
	if [ -n "${TREE:-}" ]; then
		cp -a "$TREE/." "$work/tree/"
		return
	fi
	find /usr/include /usr/share /usr/lib -xdev -type f -size -256k | sort | sed -n "1,${tree_files}p" >"$work/list"
	rsync -a --files-from="$work/list" / "$work/tree"
}

# copy_tree NAME TO: how long cp -a takes, in milliseconds.
copy_tree()
{
	local start

	sync
	start=$(date +%s%N)
	cp -a "$work/tree/." "$2"
	echo $((($(date +%s%N) - start) / 1000000)) >>"$work/$1"
}

measure_copies()
{
	local round

	gather_tree
	for ((round = 1; round <= (rounds + 1) / 2; round++)); do
		mkdir "$work/plain"
		copy_tree cp.plain "$work/plain"
		rm -rf "$work/plain"
		start copied
		copy_tree cp.new "$work/copied.mnt/BASE/BUILD/X"
		processor_seconds copied >>"$work/cp.processor"
		lock_base copied
		mkdir "$work/copied.mnt/L" "$work/copied.mnt/L/BUILD/Y"
		copy_tree cp.known "$work/copied.mnt/L/BUILD/Y"
		stop copied
	done
	heading "cp -a of $(find "$work/tree" -type f | wc -l) files" "$(findmnt -n -o FSTYPE -T "$work")" csmfs
	row 'new content' ms "$work/cp.plain" "$work/cp.new"
	row 'content the store has' ms "$work/cp.plain" "$work/cp.known"
	echo "processor seconds of the daemon, new content: $(hands median <"$work/cp.processor")"
}
