# An NFS server over csmfs for the long tests, with mount-examples/ganesha.conf as it is. Sourced
# by their first line, before mount.sh:
#
#   . "${0%/*}/../support/nfs.sh"
#
# The test runs once more in namespaces of its own: there /srv, /var/lib/nfs and /run are
# directories of the test, port 2049 is free and reached by nobody else, and what is left mounted
# ends with the namespace. mount.sh, levels.sh and long.sh are sourced here; then:
#
#   serve_release          makes the store of release 720, mounts it at /srv/csmfs/720
#   start_ganesha          starts the server and waits until it answers
#   stop_ganesha           stops it and waits until it has ended
#   same_device [NUMBER]   mounts the release anew, with the device number it has, or had

if [ -z "${CSMFS_NFS_SANDBOX:-}" ]; then
	exec unshare --mount --net --propagation private env CSMFS_NFS_SANDBOX=1 bash "$0" "$@"
fi
unset CSMFS_NFS_SANDBOX
. "${BASH_SOURCE[0]%/*}/mount.sh"
. "$ROOT/tests/support/levels.sh"
. "$ROOT/tests/support/long.sh"

ganesha=

# This namespace got a copy of what other tests have mounted: theirs would not end while it lives.
leave_mounts_of_others()
{
	local place

	awk '/ - fuse/ { print $5 }' /proc/self/mountinfo | tac | while read -r place; do
		umount -l "$(printf '%b' "$place")" || true
	done
}

serve_release()
{
	local place

	leave_mounts_of_others
	ip link set lo up
	for place in /srv /var/lib/nfs /run; do
		mkdir -p "$T$place"
		mount --bind "$T$place" "$place"
	done
	mkdir -p /srv/csmfs/720 /var/lib/nfs/ganesha /run/ganesha
	M=/srv/csmfs/720
	STORE=/srv/csmfs/store
	new_store
	mount_store
	later leave_release
}

# A test that came to its end is unmounted by mount.sh, which looks at the daemon's exit code.
leave_release()
{
	stop_ganesha
	[ "$status" -eq 0 ] || umount -l "$M"
}

start_ganesha()
{
	local tries=0

	ganesha.nfsd -F -f "$ROOT/mount-examples/ganesha.conf" -L "$T/ganesha.log" -p "$T/ganesha.pid" \
		>>"$T/ganesha.out" 2>&1 </dev/null &
	ganesha=$!
	until (exec {try}<>/dev/tcp/127.0.0.1/2049) 2>/dev/null; do
		kill -0 "$ganesha" 2>/dev/null || fail "ganesha ended: $(tail -n 20 "$T"/ganesha.*)"
		tries=$((tries + 1))
		[ "$tries" -lt 600 ] || fail "ganesha does not answer: $(tail -n 20 "$T/ganesha.log")"
		sleep 0.1
	done
}

stop_ganesha()
{
	local tries

	[ -n "$ganesha" ] || return 0
	kill -TERM "$ganesha" 2>/dev/null || true
	# Its orderly end may take long while clients hold on; what they have written is in csmfs.
	for ((tries = 0; tries < 100; tries++)); do
		kill -0 "$ganesha" 2>/dev/null || break
		sleep 0.1
	done
	kill -KILL "$ganesha" 2>/dev/null || true
	wait "$ganesha" 2>/dev/null || true
	ganesha=
}

# The kernel gives a mount the lowest number that is free. Lower ones that became free meanwhile are
# filled; ours may be taken by another program's mount, then once more.
same_device()
{
	local before tries=0

	before=${1:-$(stat -c %d "$M")}
	[ -z "$DAEMON" ] || unmount_store
	fill_devices_below "$before"
	mount_store
	until [ "$(stat -c %d "$M")" = "$before" ]; do
		tries=$((tries + 1))
		[ "$tries" -lt 60 ] || fail 'the device number stays taken'
		sleep 1
		unmount_store
		fill_devices_below "$before"
		mount_store
	done
	fill_devices_below 0
}

fill_devices_below()
{
	local place=$T/filler number

	mkdir -p "$place"
	while umount "$place" 2>/dev/null; do :; done
	[ "$1" -gt 0 ] || return 0
	while true; do
		mount -t tmpfs filler "$place"
		number=$(stat -c %d "$place")
		[ "$number" -lt "$1" ] || break
	done
	umount "$place"
}
