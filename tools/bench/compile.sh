# make -j2 of a Debian source package, whose source, headers and objects are on the mount.
#
#   PROJECT=lua5.4   the source package; PROJECT_MAKE  how it is made

fetch_project()
{
	mkdir "$work/download"
	printf 'deb-src http://deb.debian.org/debian bookworm main\n' >"$work/sources.list"
	(
		cd "$work/download"
		options=(-o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts=/dev/null
			-o Dir::State::Lists="$work/lists" -o APT::Sandbox::User=root)
		mkdir -p "$work/lists/partial"
		apt-get "${options[@]}" update
		apt-get "${options[@]}" --download-only source "$1"
		tar -xf "$1"_*.orig.tar.* --strip-components=1 -C "$2"
	) >"$work/said" 2>&1 || fail "apt-get source $1: $(tail -n 3 "$work/said")"
	rm -rf "$work/download" "$work/lists"
}

measure_compile()
{
	local round project=${PROJECT:-lua5.4} source how theirs ours

	how=${PROJECT_MAKE:-make -j2 CC=cc -C src liblua.a}
	source=$cache/$project
	unpacked "$source" '' fetch_project "$project"
	per=$(files_in "$source")
	title "compiling $project: $how"
	start compiled
	# The compiler itself is to be in memory for both.
	cp -a "$source" "$work/plain"
	env -C "$work/plain" sh -c "$how" >/dev/null 2>&1
	rm -rf "$work/plain"
	for ((round = 1; round <= rounds; round++)); do
		cp -a "$source" "$work/plain"
		cp -a "$source" "$work/compiled.mnt/BASE/BUILD/X/source"
		sync
		theirs=(timed "compile.$local_name" env -C "$work/plain" sh -c "$how")
		ours=(timed_csmfs compiled compile env -C "$work/compiled.mnt/BASE/BUILD/X/source" sh -c "$how")
		in_turn theirs ours
		rm -rf "$work/plain" "$work/compiled.mnt/BASE/BUILD/X/source"
	done
	goal compile ms max:1.05 "$local_name" "make -j2 of $project"
	stop compiled
}
