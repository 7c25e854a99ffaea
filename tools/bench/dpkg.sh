# dpkg -i of twenty packages in a minbase root, in BUILD and in a plain chroot.

twenty=(hello ed bc dc time tree less make patch m4 jq libjq1 libonig5 file libmagic1 libmagic-mgc
	rsync libpopt0 bzip2 xz-utils)

fetch_root()
{
	debootstrap --variant=minbase bookworm "$1" >"$work/said" 2>&1 || fail "debootstrap: $(tail -n 3 "$work/said")"
	mkdir "$1/twenty"
	(cd "$1/twenty" && apt-get -o APT::Sandbox::User=root download "${twenty[@]}") >"$work/said" 2>&1 ||
		fail "apt-get download: $(tail -n 3 "$work/said")"
}

install_twenty()
{
	env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C DEBIAN_FRONTEND=noninteractive chroot "$1" \
		sh -c 'dpkg -i --force-depends /twenty/*.deb'
}

measure_dpkg()
{
	local round level theirs ours

	installed debootstrap debootstrap || {
		printf '\ndpkg: needs debootstrap\n'
		return
	}
	unpacked "$cache/minbase" '' fetch_root
	title "dpkg -i of ${#twenty[@]} packages in a chroot"
	per=${#twenty[@]}
	start debian
	cp -a "$cache/minbase" "$work/debian.mnt/BASE/BUILD/DEBIAN"
	lock_base debian
	for ((round = 1; round <= rounds; round++)); do
		cp -a "$cache/minbase" "$work/plain"
		sync
		level=$work/debian.mnt/D$round
		mkdir "$level"
		theirs=(timed "dpkg.$local_name" install_twenty "$work/plain")
		ours=(timed_csmfs debian dpkg install_twenty "$level/BUILD/DEBIAN")
		in_turn theirs ours
		rm -rf "$work/plain"
	done
	goal dpkg ms max:1.3 "$local_name" 'dpkg -i'
	stop debian
}
