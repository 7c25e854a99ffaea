# A Debian kernel as an NFS client, in qemu without KVM: the machine's own kernel may have no NFS
# client, and this one caches as real clients do. Sourced after long.sh.
#
#   make_guest            downloads the kernel, packs busybox and some of the machine's programs
#   run_guest SCRIPT      boots it, runs the text SCRIPT by bash as root, prints what it says; its
#                         exit code is that of SCRIPT. SCRIPT finds the server as 10.0.2.2.
#
# The guest lives in memory: an initial RAM disk of busybox, the programs with their libraries and
# the modules for virtio and NFS, loaded in the order their own modinfo asks for.

GUEST_MODULES="virtio_pci virtio_net virtio-rng nfsv4"
GUEST_PROGRAMS="bash stat find sort sha256sum ls cp mv rm ln mkdir rmdir cat readlink chmod chown touch
	truncate mkfifo mknod cmp dd setpriv flock getfattr setfattr tar sync df head tail grep sed diff xargs"

declare -A module_taken

# A module after those it depends on.
take_module()
{
	local file name

	name=${1//-/_}
	[ -z "${module_taken[$name]:-}" ] || return 0
	module_taken[$name]=yes
	file=$(find "$T/kernel/lib/modules" -name "${name//_/[-_]}.ko" | head -n 1)
	[ -n "$file" ] || fail "the kernel has no module $1"
	while read -r name; do
		take_module "$name"
	done < <(modinfo -F depends "$file" | tr ',' '\n' | sed '/^$/d')
	cp "$file" "$T/guest/modules/"
	basename "$file" >>"$T/guest/modules/order"
}

take_program()
{
	local program library

	program=$(readlink -f "$(type -P "$1")")
	cp "$program" "$T/guest/programs/$1"
	while read -r library; do
		mkdir -p "$T/guest${library%/*}"
		[ -e "$T/guest$library" ] || cp -L "$library" "$T/guest$library"
	done < <(ldd "$program" 2>/dev/null | grep -o '/[^ ]*')
}

write_init()
{
	cat >"$T/guest/init" <<-'INIT'
		#!/bin/busybox sh
		export PATH=/programs:/bin
		/bin/busybox --install -s /bin
		mount -t proc proc /proc
		mount -t sysfs sys /sys
		mount -t devtmpfs dev /dev
		mount -t tmpfs tmp /tmp
		for module in $(cat /modules/order); do insmod /modules/$module || echo "insmod $module failed"; done
		ip link set lo up
		ip link set eth0 up
		ip addr add 10.0.2.15/24 dev eth0
		ip route add default via 10.0.2.2
		bash /job
		echo "JOB_ENDED $?"
		sync
		poweroff -f
	INIT
	chmod 755 "$T/guest/init"
}

make_guest()
{
	local kernel word

	kernel=$(apt-cache depends linux-image-cloud-amd64 | awk '/Depends:/ { print $2; exit }')
	[ -n "$kernel" ] || fail 'the mirror has no linux-image-cloud-amd64'
	mkdir -p "$T/kernel" "$T/guest"/{bin,programs,modules,proc,sys,dev,tmp,mnt,etc}
	dpkg-deb -x "$(download "$kernel")" "$T/kernel"
	cp /bin/busybox "$T/guest/bin/"
	for word in $GUEST_MODULES; do take_module "$word"; done
	for word in $GUEST_PROGRAMS; do take_program "$word"; done
	echo 'root:x:0:0::/:/bin/sh' >"$T/guest/etc/passwd"
	write_init
	chmod 755 "$T/guest"
	(cd "$T/guest" && find . | cpio --quiet -o -H newc | gzip -1) >"$T/guest.cpio.gz"
}

run_guest()
{
	local result

	mkdir -p "$T/job"
	printf '%s\n' "$1" >"$T/job/job"
	# The kernel unpacks one archive after the other.
	(cd "$T/job" && echo job | cpio --quiet -o -H newc | gzip -1) | cat "$T/guest.cpio.gz" - >"$T/job.cpio.gz"
	timeout -k 5 "${GUEST_SECONDS:-300}" qemu-system-x86_64 -M q35,accel=tcg -cpu max -m 512 -smp 1 \
		-nodefaults -no-user-config -display none -serial stdio -no-reboot \
		-kernel "$T"/kernel/boot/vmlinuz-* -initrd "$T/job.cpio.gz" \
		-append 'console=ttyS0 quiet panic=-1 mitigations=off random.trust_cpu=on tsc=unstable' \
		-netdev user,id=n0 -device virtio-net-pci,netdev=n0,romfile= -device virtio-rng-pci \
		</dev/null >"$T/guest.out" 2>&1 || true
	tr -d '\r' <"$T/guest.out" >"$T/guest.text"
	cat "$T/guest.text"
	result=$(sed -n 's/.*JOB_ENDED \([0-9]*\).*/\1/p' "$T/guest.text")
	return "${result:-99}"
}
