# Runs a script in a mount namespace of its own, where the programs are installed as `make
# install` puts them, so that mount(8) finds mount.csmfs. Sourced after mount.sh.
#
#   installed SCRIPT   the text of a shell script; it sees /usr/sbin/csmfs and an empty /srv
#
# The namespace ends with the script: mounts of csmfs are unmounted before, the machine's own
# /usr and /srv are not touched.

installed()
{
	make -s -C "$ROOT" B="${BUILD#"$ROOT"/}" PREFIX=/usr DESTDIR="$T/root" install-files >"$T/install.log" 2>&1 ||
		fail "make install-files: $(cat "$T/install.log")"
	mkdir -p "$T/layers" "$T/srv"
	cat >"$T/script" <<-'SCRIPT'
		set -euo pipefail
		mount --make-rprivate /
		# copies of other tests' mounts would keep their daemons alive after they unmounted
		findmnt -n -r -o TARGET -t fuse.csmfs | tac | xargs -r -n 1 umount -l || true
		mount -t tmpfs tmpfs "$T/layers"
		for directory in bin sbin; do
			mkdir -p "$T/layers/$directory.upper" "$T/layers/$directory.work"
			cp -a "$T/root/usr/$directory/." "$T/layers/$directory.upper/"
			mount -t overlay overlay -o "lowerdir=/usr/$directory,upperdir=$T/layers/$directory.upper,workdir=$T/layers/$directory.work" "/usr/$directory"
		done
		mount --bind "$T/srv" /srv
		unmount_all()
		{
			# findmnt fails when nothing is mounted any more
			{ findmnt -n -r -o TARGET -t fuse.csmfs || true; } | tac | xargs -r -n 1 umount
		}
		trap unmount_all EXIT
	SCRIPT
	printf '%s\n' "$1" >>"$T/script"
	(
		PATH=/usr/sbin:/usr/bin:/sbin:/bin
		unshare -m bash "$T/script" </dev/null
	)
}
