# The bulk path of servmgr, when this servmgr has one, against cp -a onto the local file system.

measure_load()
{
	local round

	if ! servmgr --help | grep -q 'srvlvl load'; then
		printf '\nload: this servmgr has no srvlvl load\n'
		return
	fi
	inputs 2
	per=$(files_in "${trees[0]}")
	title "servmgr srvlvl load of $per files"
	for ((round = 1; round <= rounds; round++)); do
		mkdir "$work/plain"
		sync
		timed "load.$local_name" cp -a "${trees[0]}/." "$work/plain/"
		rm -rf "$work/plain"
		start loaded
		sync
		timed_csmfs loaded load servmgr --mount "$work/loaded.mnt" srvlvl load 720 BASE X "${trees[0]}"
		stop loaded
	done
	goal load ms max:1 "$local_name" 'servmgr srvlvl load'
}
