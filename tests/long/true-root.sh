#!/usr/bin/env bash
# A Debian system in BUILD: made by debootstrap, changed by apt-get and dpkg in a level based on it.
. "${0%/*}/../support/mount.sh"
. "$ROOT/tests/support/levels.sh"
. "$ROOT/tests/support/long.sh"

in_root()
{
	local root=$1

	shift
	env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C DEBIAN_FRONTEND=noninteractive chroot "$root" "$@" </dev/null
}

# What a Debian system needs of the machine it is installed on, and may keep in its level.
prepare_root()
{
	printf '#!/bin/sh\nexit 101\n' >"$1/usr/sbin/policy-rc.d"
	chmod 755 "$1/usr/sbin/policy-rc.d"
	cp /etc/resolv.conf "$1/etc/resolv.conf"
	rm -rf "$1"/var/cache/apt/archives/*.deb
}

mount_proc()
{
	mount -t proc proc "$1/proc"
	later unmount_proc "$1"
}

unmount_proc()
{
	if mounted "$1/proc"; then umount "$1/proc"; fi
}

verified()
{
	local said

	said=$(in_root "$1" dpkg --verify 2>&1; in_root "$1" dpkg --audit 2>&1)
	[ -z "$said" ] || fail "$said"
}

# Programs that gain rights by their mode or by a capability, as a user without any.
rights_work()
{
	in_root "$1" setpriv --reuid 65534 --regid 65534 --clear-groups ping -c 1 -W 5 127.0.0.1
	in_root "$1" stat -c %a /usr/bin/passwd /usr/bin/sudo | xargs >"$T/modes"
	equal "$(cat "$T/modes")" '4755 4755' 'modes of passwd and sudo'
	equal "$(in_root "$1" setpriv --reuid 65534 --regid 65534 --clear-groups sudo -n true 2>&1 | grep -c 'effective uid is not 0')" 0 'sudo'
	in_root "$1" setpriv --reuid 65534 --regid 65534 --clear-groups cat /etc/shadow && fail 'shadow was read'
	true
}

capabilities_are_there()
{
	[[ "$(getcap "$1/usr/bin/ping")" == *cap_net_raw=ep ]] || fail "ping has: $(getcap "$1/usr/bin/ping")"
}

devices_work()
{
	in_root "$1" sh -c 'echo x >/dev/null && [ "$(head -c 4 /dev/zero | od -An -tx1 | tr -d " ")" = 00000000 ]'
	equal "$(stat -c '%F %t:%T' "$1/dev/null")" 'character special file 1:3' null
}

# Names of one file in a package are names of one file in BUILD.
hard_links_are_one_file()
{
	local names

	equal "$(stat -c %i "$1/usr/bin/perl")" "$(stat -c %i "$1"/usr/bin/perl5.*)" 'perl and perl5'
	names=$(stat -c %h "$1/usr/bin/perl")
	[ "$names" -ge 2 ] || fail "perl has $names names"
}

# All files dpkg has for a package, and what dpkg and apt-get keep for themselves; names below /bin
# and /lib are those below /usr.
allowed_paths()
{
	local name

	for name in "$@"; do
		cat "$T/lists/$name.list"
	done | sed -E 's,^/(bin|sbin|lib|lib64)/,/usr/\1/,' | sort -u
}

delta_is_what_dpkg_changed()
{
	local kept='^/(var/lib/dpkg|var/lib/apt|var/cache|var/log|run|tmp)(/|$)'
	# Written by maintainer scripts and triggers of the packages installed.
	local scripts='^/(etc/ld\.so\.cache|etc/subgid|etc/group-?|etc/gshadow-?|etc/alternatives/|var/lib/(pam|systemd)/|etc/rc[0-9S]\.d/|var/lib/sudo)'

	(cd "$M/L/DELTA/DEBIAN" && find . ! -type d -printf '/%P\n') | grep -vE "$kept" | grep -vE "$scripts" | sort >"$T/shown"
	allowed_paths "${installed[@]}" >"$T/allowed"
	[ -s "$T/shown" ] || fail 'DELTA shows nothing'
	comm -23 "$T/shown" "$T/allowed" >"$T/strange"
	[ ! -s "$T/strange" ] || fail "not changed by dpkg: $(head -n 20 "$T/strange")"
	comm -13 "$T/shown" "$T/allowed" | while read -r path; do
		if [ -f "$M/L/BUILD/DEBIAN$path" ] && ! cmp -s "$M/L/BUILD/DEBIAN$path" "$M/BASE/BUILD/DEBIAN$path"; then
			echo "$path"
		fi
	done >"$T/missing"
	[ ! -s "$T/missing" ] || fail "DELTA lacks $(head -n 20 "$T/missing")"
}

removed_is_gone()
{
	[ ! -e "$M/L/BUILD/DEBIAN/usr/bin/hello" ]
	[ ! -e "$M/L/DELTA/DEBIAN/usr/bin/hello" ] || fail 'DELTA shows a file that came and went'
	[ ! -e "$M/L/BUILD/DEBIAN/usr/bin/$removed_program" ]
	whiteout "$M/L/DELTA/DEBIAN/usr/bin/$removed_program"
	[ -e "$M/BASE/BUILD/DEBIAN/usr/bin/$removed_program" ]
}

packages debootstrap rsync lz4 libcap2-bin
new_store
mount_store
step 'debootstrap into BASE'
mkdir "$M/BASE/BUILD/DEBIAN"
root=$M/BASE/BUILD/DEBIAN
mirror=${CSMFS_TEST_MIRROR:-http://deb.debian.org/debian}
debootstrap --variant=minbase --include=ca-certificates bookworm "$root" "$mirror" >"$T/debootstrap.log" 2>&1 ||
	fail "debootstrap: $(tail -n 5 "$T/debootstrap.log")"
prepare_root "$root"
check 'dpkg --verify is clean after debootstrap' verified "$root"
check 'the devices of BASE work' devices_work "$root"
check 'hard links of BASE are one file' hard_links_are_one_file "$root"
step 'locking BASE, a level'
control "$M/BASE" lock on
mkdir "$M/L"
root=$M/L/BUILD/DEBIAN
mount_proc "$root"
base_digest=$(digest "$M/BASE")

step 'apt-get in the level'
installed=(hello iputils-ping sudo git-man)
in_root "$root" apt-get update >"$T/apt.log" 2>&1 || fail "apt-get update: $(tail -n 3 "$T/apt.log")"
dpkg_before=$(in_root "$root" dpkg-query -W -f '${Package}\n' | sort)
in_root "$root" apt-get install -y --no-install-recommends "${installed[@]}" >"$T/apt.log" 2>&1 ||
	fail "apt-get install: $(tail -n 3 "$T/apt.log")"
mapfile -t installed < <(comm -13 <(echo "$dpkg_before") <(in_root "$root" dpkg-query -W -f '${Package}\n' | sort))
mkdir "$T/lists"
for name in "${installed[@]}"; do
	in_root "$root" dpkg-query -L "$name" >"$T/lists/$name.list"
done
check 'an installed program runs' in_root "$root" hello
check 'dpkg --verify is clean after apt-get install' verified "$root"
check 'capabilities are kept' capabilities_are_there "$root"
check 'programs with rights of their own have them, others have not' rights_work "$root"
check 'devices of the level work' devices_work "$root"
check 'hard links of the level are one file' hard_links_are_one_file "$root"
check 'DELTA lists what dpkg changed' delta_is_what_dpkg_changed
step 'dpkg -r'
removed_program=mawk
installed+=(mawk)
in_root "$root" dpkg-query -L mawk >"$T/lists/mawk.list"
in_root "$root" dpkg -r --force-depends mawk hello >"$T/apt.log" 2>&1 || fail "dpkg -r: $(tail -n 3 "$T/apt.log")"
check 'what dpkg removed is gone, and a whiteout where BASE has it' removed_is_gone
in_root "$root" apt-get install -y --no-install-recommends mawk >"$T/apt.log" 2>&1 ||
	fail "apt-get install: $(tail -n 3 "$T/apt.log")"
check 'dpkg --verify is clean after all' verified "$root"
in_root "$root" apt-get clean
check 'BASE has not changed' equal "$(digest "$M/BASE")" "$base_digest" 'the digest of BASE'
unmount_proc "$root"

step 'packaging'
control "$M/L" lock on
mkdir "$M/L/PACKAGE"
mkdir "$T/copy"
rsync -aHAX "$M/BASE/BUILD/DEBIAN" "$T/copy/"
servlinks_over "$T/copy" "$M/L"
check 'the package unpacks over BASE to BUILD' same_tree "$root" "$T/copy/DEBIAN"
check 'the unpacked root runs' in_root "$T/copy/DEBIAN" ping -V
step 'mounting again'
remount
check 'capabilities are kept over a mount' capabilities_are_there "$root"
check 'hard links are kept over a mount' hard_links_are_one_file "$root"
finish
