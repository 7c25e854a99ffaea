# Real input: versions of the kernel's source from Debian's mirror, unpacked once into $cache.
# In each version a file that is as in the one before has its times, too: a service level of
# what is installed, not another tarball. SMALL=yes: trees of some hundred files of this machine.
#
#   inputs COUNT   fetches and unpacks; the trees are ${trees[0]} (oldest) to ${trees[COUNT - 1]}
#   files_in DIR   how many files and symbolic links
#   real_store     store real: BASE has the tree before the last, locked; level L is the last
#
# The trees themselves are what the peer on plain files reads.

trees=()

# One version for each upstream number, oldest of the newest COUNT first.
choose_versions()
{
	apt-cache madison linux-source-6.1 | awk -F '|' -v count="$1" '
		{ gsub(/ /, "", $2); upstream = $2; sub(/-.*/, "", upstream) }
		upstream != last { last = upstream; if (++found <= count) print $2 }' | tac
}

unpack_version()
{
	local deb=$cache/linux-source-6.1_$1.deb

	if [ ! -e "$deb" ]; then
		mkdir "$work/download"
		(cd "$work/download" && apt-get -o APT::Sandbox::User=root download "linux-source-6.1=$1") \
			>"$work/said" 2>&1 || fail "apt-get download linux-source-6.1=$1: $(tail -n 3 "$work/said")"
		mv "$work/download"/*.deb "$deb"
		rmdir "$work/download"
	fi
	dpkg-deb --fsys-tarfile "$deb" | tar -xO ./usr/src/linux-source-6.1.tar.xz |
		xz -dc | tar -x -C "$2" --strip-components=1
}

# unpacked DIR OLDER COMMAND...: DIR is there whole or not at all.
unpacked()
{
	local directory=$1 older=$2

	[ ! -e "$directory" ] || return 0
	rm -rf "$directory.part"
	mkdir "$directory.part"
	"${@:3}" "$directory.part"
	[ -z "$older" ] || hands settle "$older" "$directory.part"
	mv "$directory.part" "$directory"
}

small_version()
{
	(cd /usr/include && find . -maxdepth 2 -type f -size -64k | sort | sed -n '1,400p') >"$work/list"
	rsync -a --files-from="$work/list" /usr/include "$2"
	find "$2" -name '*o*.h' | sort | sed -n '1,9p' | while read -r path; do
		seq "$1" >>"$path"
	done
}

inputs()
{
	local version versions older=

	if [ "$small" = yes ]; then
		mapfile -t versions < <(seq "$1")
	else
		mapfile -t versions < <(choose_versions "$1")
	fi
	[ "${#versions[@]}" -eq "$1" ] || fail "the mirror has ${#versions[@]} versions of linux-source-6.1, not $1"
	trees=()
	for version in "${versions[@]}"; do
		if [ "$small" = yes ]; then
			unpacked "$cache/small-$version" "$older" small_version "$version"
			older=$cache/small-$version
		else
			unpacked "$cache/$version" "$older" unpack_version "$version"
			older=$cache/$version
		fi
		trees+=("$older")
	done
}

files_in()
{
	find "$1" ! -type d | wc -l
}

real_store()
{
	inputs 2
	per=$(files_in "${trees[1]}")
	[ -z "${daemon[real]:-}" ] || return 0
	start real
	cp -a "${trees[0]}/." "$work/real.mnt/BASE/BUILD/X/"
	lock_base real
	mkdir "$work/real.mnt/L"
	rsync -a --delete "${trees[1]}/" "$work/real.mnt/L/BUILD/X/"
}
