# Words for mounted tests, on top of mount.sh: control attributes, digests, counters, a
# sample tree, and the few system calls the shell has no command for (probe).
#
#   control OBJECT NAME         prints a control attribute
#   control OBJECT NAME VALUE   sets it
#   digest PATH                 prints user.csmfs.digest
#   metric NAME                 prints a counter of /.csmfs/metrics, labels and all
#   messages                    prints how many messages the kernel has sent so far
#   component LEVEL NAME        a component with a few files in LEVEL/BUILD
#   sample DIR                  a tree with one of everything: links, devices, xattrs, ACLs, holes
#   store_on_disk SIZE          a new store, mounted, on a disk of that size at $T/disk
#   within_a_minute WHAT COMMAND...  tries until the command succeeds; else WHAT is the failure
#   base_locked                 BASE with the components CP and TCPIP, locked
#   equal GOT WANTED WHAT       fails unless the two texts are equal
#   whiteout PATH               fails unless PATH is a character device 0,0
#   probe COMMAND ...           see probe/probe.c
#   built PROGRAM               prints where the program of tests/support/probe/PROGRAM.c is, built

control()
{
	if [ $# -eq 2 ]; then
		getfattr --absolute-names --only-values -n "user.csmfs.$2" "$1"
	else
		setfattr -n "user.csmfs.$2" -v "$3" "$1"
	fi
}

digest()
{
	control "$1" digest
}

metric()
{
	awk -v name="$1" '$1 == name { print $2; found = 1 } END { exit !found }' "$M/.csmfs/metrics" ||
		fail "no counter $1 in metrics"
}

# messages [PATTERN]: of the kernel, but those whose line PATTERN is in; without one, those that come some time after
# their call.
messages()
{
	awk -v skip="${1:-FORGET|RELEASEDIR}" '/^csmfs_messages_total\{/ && $0 !~ skip { sum += $2 }
		END { print sum + 0 }' "$M/.csmfs/metrics"
}

equal()
{
	[ "$1" = "$2" ] || fail "$3: got '$1', wanted '$2'"
}

whiteout()
{
	equal "$(stat -c '%F %t,%T' "$1")" 'character special file 0,0' "$1"
}

store_on_disk()
{
	mkdir "$T/disk"
	mount -t tmpfs -o size="$1" tmpfs "$T/disk" 2> /dev/null || exit 77
	later umount -l "$T/disk"
	STORE=$T/disk/store
	new_store
	mount_store
}

within_a_minute()
{
	local what=$1 tries

	shift
	for ((tries = 0; ; tries++)); do
		! "$@" 2> /dev/null || return 0
		[ "$tries" -lt 60 ] || fail "$what"
		sleep 1
	done
}

component()
{
	local dir=$1/BUILD/$2

	mkdir -p "$dir/lib" "$dir/etc"
	echo "$2 program" > "$dir/program"
	echo "$2 part one" > "$dir/lib/one"
	echo "$2 part two" > "$dir/lib/two"
	echo "$2 = on" > "$dir/etc/profile"
	chmod 755 "$dir/program"
}

base_locked()
{
	component "$M/BASE" CP
	component "$M/BASE" TCPIP
	control "$M/BASE" lock on
}

sample()
{
	local dir=$1

	mkdir -p "$dir/deep/er/est" "$dir/empty" "$dir/private"
	chmod 700 "$dir/private"
	chmod 1777 "$dir/empty"
	echo text > "$dir/text"
	: > "$dir/nothing"
	head -c 300000 /dev/urandom > "$dir/bytes"
	truncate -s 3M "$dir/holes"
	echo middle | dd of="$dir/holes" bs=1 seek=1500000 conv=notrunc status=none
	cp "$dir/text" "$dir/program"
	chown 12:34 "$dir/program"
	chmod 6751 "$dir/program"
	ln "$dir/text" "$dir/deep/er/same-text"
	ln -s ../text "$dir/deep/link"
	ln -s nowhere "$dir/dangling"
	mkfifo "$dir/fifo"
	mknod "$dir/device" b 7 42
	mknod "$dir/null" c 1 3
	setfattr -n user.note -v 'a remark' "$dir/bytes"
	setfattr -n trusted.note -v 'a secret' "$dir/deep"
	setfacl -m u:1234:rwx,g:77:r "$dir/text"
	setfacl -d -m u:1234:rwx "$dir/deep"
	echo quiet > "$dir/name with spaces and ünïcode"
	find "$dir" -depth -exec touch -h -d '2020-10-10 10:10:10.101010101' {} +
	touch -d '2001-02-03 04:05:06.123456789' "$dir/text" "$dir/deep/er/est"
	touch -h -d '1999-12-31 23:59:59.999999999' "$dir/dangling"
}

# A program of tests/support/probe, of NAME.c and what its name begins with, is built once and
# shared by tests that run side by side: made aside, renamed over.
built()
{
	local probes=$ROOT/tests/support/probe program=$BUILD/$1 file sources=()

	if [ ! -x "$program" ] || [ -n "$(find "$probes" -newer "$program" -name '*.[ch]')" ]; then
		mkdir -p "$BUILD"
		for file in "$probes/$1".c "$probes/$1"_*.c "$probes/${1%%_*}".c; do
			[ ! -e "$file" ] || [[ " ${sources[*]} " == *" $file "* ]] || sources+=("$file")
		done
		"${CC:-cc}" -std=gnu11 -O1 -Wall -Wextra -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -I"$ROOT" \
			-o "$program.$$" "${sources[@]}" || fail "$1 does not build"
		mv "$program.$$" "$program"
	fi
	echo "$program"
}

probe()
{
	"$(built probe)" "$@"
}
