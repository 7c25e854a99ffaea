# Ends and unmounts what a mounted test left below its private directory, also after a crash.
# Sourced by tests/support/mount.sh and tests/run-mounted.sh.
#
#   mount_places           every mount point
#   remove_leftovers DIR   DIR/pids has the pids of the daemons the test started, one a line
#
# Only these pids are ended, and only while they still are csmfs: a number may have been given
# to another process meanwhile.

# Mount points, one a line, the last mounted first; the kernel writes blanks as \040.
mount_places()
{
	local place

	cut -d ' ' -f 5 /proc/self/mountinfo | tac | while read -r place; do
		printf '%b\n' "$place"
	done
}

remove_leftovers()
{
	local pid place

	if [ -f "$1/pids" ]; then
		while read -r pid; do
			case $(readlink "/proc/$pid/exe" 2>/dev/null) in
			*/csmfs | */csmfs\ \(deleted\)) kill -9 "$pid" 2>/dev/null ;;
			esac
		done <"$1/pids"
	fi
	mount_places | while read -r place; do
		case $place in "$1"/*) umount -l "$place" 2>/dev/null ;; esac
	done
	return 0
}
