# The peers, from Debian; PEERS=no leaves all out but the local file system.
#
#   installed PROGRAM PACKAGE  is PROGRAM there, installed when it was missing?
#   peer PROGRAM PACKAGE   the same of a peer: not with PEERS=no, and told when it is left out
#   loop NAME SIZE         an empty file of SIZE at $work/NAME.image
#   attach DIR COMMAND...  makes DIR; the command mounts at it; it is unmounted at the end
#   detach DIR

attached=()

installed()
{
	command -v "$1" >/dev/null && return 0
	DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=600 "$2" \
		>"$work/apt.log" 2>&1 </dev/null || true
	command -v "$1" >/dev/null
}

peer()
{
	[ "$peers" = yes ] || return 1
	installed "$1" "$2" && return 0
	echo "left out: $1, which apt-get cannot install ($(tail -n 1 "$work/apt.log"))"
	return 1
}

loop()
{
	truncate -s "$2" "$work/$1.image"
}

attach()
{
	mkdir "$1"
	"${@:2}" "$1" >"$work/said" 2>&1 || fail "${*:2} $1: $(tail -n 3 "$work/said")"
	attached+=("$1")
}

detach()
{
	local directory still=()

	umount "$1"
	rmdir "$1"
	for directory in "${attached[@]}"; do
		[ "$directory" = "$1" ] || still+=("$directory")
	done
	attached=("${still[@]}")
}

detach_all()
{
	local directory

	for directory in "${attached[@]}"; do
		umount -l "$directory" || true
	done
}
