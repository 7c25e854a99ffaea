#!/usr/bin/env bash
# A release exported by nfs-ganesha, used by NFSv4.0 clients that cache nothing (libnfs).
. "${0%/*}/../support/nfs.sh"

# say COMMAND [WORD...]: one command to the open connection; what it answered before "ok" is
# printed. Of a refusal the name is printed and 1 returned.
say()
{
	local line words

	words=$(IFS=$'\t' && echo "$*")
	echo "$words" >&"${to_client}"
	while IFS= read -r line <&"${from_client}"; do
		case $line in
		ok) return 0 ;;
		E[A-Z0-9]*) echo "$line" && return 1 ;;
		*) printf '%s\n' "$line" ;;
		esac
	done
	echo 'the client ended'
	return 1
}

# connect DIRECTORY: the connection all later "say" go to; it holds the handle of DIRECTORY.
connect()
{
	disconnect
	coproc CLIENT { exec "$T/nfs_client" "nfs://127.0.0.1/csmfs/720$1?version=4&nfsport=2049" 2>>"$T/client.log"; }
	client_pid=$CLIENT_PID
	# Descriptors that subshells have too; the coprocess ends when the last one is closed.
	exec {from_client}<&"${CLIENT[0]}" {to_client}>&"${CLIENT[1]}"
	exec {CLIENT[0]}<&- {CLIENT[1]}>&-
}

disconnect()
{
	[ -n "$client_pid" ] || return 0
	exec {to_client}>&- {from_client}<&-
	wait "$client_pid" 2>/dev/null || true
	client_pid=
}

refused_with()
{
	local name=$1 said

	shift
	if said=$(say "$@"); then
		fail "not refused: $*"
	fi
	equal "$said" "$name" "$*"
}

a_tree_is_written()
{
	say put "$T/tree" /L/BUILD/CP/tree
	same_tree "$T/tree" "$M/L/BUILD/CP/tree"
	same_tree "$T/tree" "$M/L/DELTA/CP/tree"
}

a_tree_is_read()
{
	say get /L/BUILD/CP/tree "$T/back"
	same_tree "$T/tree" "$T/back"
	say get /L/DELTA/CP "$T/delta"
	same_tree "$T/tree" "$T/delta/tree"
}

names_change()
{
	say rename /L/BUILD/CP/tree/text /L/BUILD/CP/tree/moved
	say link /L/BUILD/CP/tree/moved /L/BUILD/CP/tree/linked
	equal "$(stat -c '%h %i' "$M/L/BUILD/CP/tree/moved")" "2 $(stat -c %i "$M/L/BUILD/CP/tree/linked")" 'the two names'
	say chmod /L/BUILD/CP/tree/moved 4751
	say chown /L/BUILD/CP/tree/linked 12 34
	say chmod /L/BUILD/CP/tree/moved 6751
	equal "$(stat -c '%a %u:%g' "$M/L/BUILD/CP/tree/moved")" '6751 12:34' 'mode and owner'
	say truncate /L/BUILD/CP/tree/bytes 100
	equal "$(stat -c %s "$M/L/BUILD/CP/tree/bytes")" 100 'the size'
	say unlink /L/BUILD/CP/tree/linked
	[ ! -e "$M/L/BUILD/CP/tree/linked" ]
	say unlink /L/BUILD/CP/program
	whiteout "$M/L/DELTA/CP/program"
}

# What the server's own programs do is seen at once: nothing is answered from memory.
changes_on_the_server_show()
{
	equal "$(say cat /L/BUILD/CP/etc/profile)" 'CP = on' 'before'
	say list /L/BUILD/CP/etc
	echo 'CP = off' >"$M/L/BUILD/CP/etc/profile"
	echo new >"$M/L/BUILD/CP/etc/new"
	equal "$(say cat /L/BUILD/CP/etc/profile)" 'CP = off' 'after'
	equal "$(say list /L/BUILD/CP/etc | sort | xargs)" 'new profile' 'the names'
	rm "$M/L/BUILD/CP/etc/new"
	equal "$(say list /L/BUILD/CP/etc)" profile 'the names after rm'
	refused_with ENOENT cat /L/BUILD/CP/etc/new
}

levels_are_made_and_deleted()
{
	say mkdir /M
	say write /M/.csmfs/description 'made over NFS'
	equal "$(control "$M/M" description)" 'made over NFS' description
	say write /M/.csmfs/basedon L
	equal "$(say cat /M/.csmfs/basedon)" L basedon
	equal "$(control "$M/M" basedon)" L 'basedon on the server'
	refused_with EINVAL write /M/.csmfs/basedon NOSUCH
	say rmdir /M
	[ ! -e "$M/M" ]
	refused_with EINVAL mkdir /-wrong
}

# refused_open COMMAND...: it opens a file and is refused then. The server has counted that request and libnfs has
# not, so its next one on the same connection would be out of sequence.
refused_open()
{
	refused_with EROFS "$@"
	connect ''
}

the_lock_is_set_and_kept()
{
	equal "$(say cat /L/.csmfs/lock)" off 'before'
	say write /L/.csmfs/lock on
	equal "$(say cat /L/.csmfs/lock)" on 'after'
	equal "$(control "$M/L" lock)" on 'on the server'
	refused_open write /L/BUILD/CP/etc/profile x
	refused_open write /L/BUILD/CP/new x
	refused_with EROFS mkdir /L/BUILD/CP/new
	refused_with EROFS unlink /L/BUILD/CP/etc/profile
	refused_with EROFS rename /L/BUILD/CP/etc/profile /L/BUILD/CP/etc/other
	refused_with EROFS chmod /L/BUILD/CP/etc/profile 600
	# libnfs opens, is refused, and gives back what its close gets: the content below tells that nothing was cut
	! say truncate /L/BUILD/CP/etc/profile 0 >"$T/said" || fail 'a file of a locked level was cut'
	connect ''
	equal "$(say cat /L/BUILD/CP/etc/profile)" 'CP = off' 'the content'
	refused_with EPERM write /BASE/.csmfs/lock off
	say write /L/.csmfs/lock off
	say write /L/BUILD/CP/etc/profile 'CP = maybe'
	control "$M/L" lock on
	refused_open write /L/BUILD/CP/etc/profile x
	control "$M/L" lock off
}

a_level_goes_into_production()
{
	say mkdir /L/PACKAGE
	cmp "$M/L/PACKAGE/MANIFEST" <(say cat /L/PACKAGE/MANIFEST)
	say write /L/.csmfs/state STABLE
	equal "$(control "$M/L" state) $(control "$M/L" lock)" 'STABLE on' 'the level'
	say symlink ../../L /systems/vm01/test
	say rename /systems/vm01/test /systems/vm01/production
	equal "$(readlink "$M/systems/vm01/production")" ../../L production
	equal "$(readlink "$M/systems/vm01/previous")" ../../BASE previous
}

a_flipped_link_is_followed()
{
	equal "$(say cat /systems/vm01/production/BUILD/CP/etc/profile)" 'CP = maybe' 'before'
	mv -T "$M/systems/vm01/previous" "$M/systems/vm01/production"
	equal "$(say readlink /systems/vm01/production)" ../../BASE 'the link'
	equal "$(say cat /systems/vm01/production/BUILD/CP/etc/profile)" 'CP = on' 'after'
	mv -T "$M/systems/vm01/previous" "$M/systems/vm01/production"
	equal "$(say cat /systems/vm01/production/BUILD/CP/etc/profile)" 'CP = maybe' 'and back'
}

a_deleted_directory_is_stale()
{
	say stat /
	rmdir "$M/S/BUILD/CP/held"
	refused_with ESTALE stat /
	mkdir "$M/S/BUILD/CP/held"
	refused_with ESTALE list /
}

a_deleted_level_is_stale()
{
	say stat /
	rmdir "$M/S"
	refused_with ESTALE stat /
}

tools_of_libnfs_work()
{
	local url='nfs://127.0.0.1/csmfs/720' options='version=4&nfsport=2049'

	cmp <(nfs-cat "$url/BASE/BUILD/CP/lib/one?$options") "$M/BASE/BUILD/CP/lib/one"
	nfs-ls "$url/BASE/BUILD/CP?$options" | grep -q ' program$'
	nfs-cp "$T/tree/text" "$url/N/BUILD/CP/copied?$options"
	cmp "$T/tree/text" "$M/N/BUILD/CP/copied"
}

# libnfs does not connect again, so it holds no handle over this; nfs-kernel-client.sh does.
# A server that has just started lets nobody open anything new until old clients had their time
# (NFS4ERR_GRACE, up to 90 seconds).
all_is_as_it_was()
{
	local tries

	say stat / >"$T/stat.after"
	equal "$(cat "$T/stat.after")" "$(cat "$T/stat.before")" 'attributes and inode number'
	equal "$(say list / | sort | xargs)" 'one two' 'its names'
	for ((tries = 0; tries < 150; tries++)); do
		say cat /one >"$T/content" && break
		sleep 1
	done
	equal "$(cat "$T/content")" 'CP part one' 'content'
	say write /after restarted
	say unlink /after
}

packages nfs-ganesha nfs-ganesha-vfs libnfs-utils libnfs-dev iproute2
client_pid=
step 'building the client'
${CC:-cc} -std=gnu11 -Wall -Wextra -D_GNU_SOURCE -O2 -o "$T/nfs_client" "$ROOT/tests/long/nfs_client.c" -lnfs
step 'starting the server'
serve_release
start_ganesha
later disconnect
base_locked
mkdir "$M/L" "$M/N" "$M/systems/vm01" "$T/tree"
ln -s ../../BASE "$M/systems/vm01/production"
sample "$T/tree"
# What NFSv4 or libnfs does not carry: extended attributes, ACLs, devices, a second name.
rm -r "$T/tree/fifo" "$T/tree/device" "$T/tree/null" "$T/tree/deep/er/same-text" "$T/tree/dangling"
setfattr -x user.note "$T/tree/bytes"
setfattr -x trusted.note "$T/tree/deep"
setfacl -R -b "$T/tree"
chmod 755 "$T/tree/empty"
chown -R 0:0 "$T/tree"

connect ''
step 'reading and writing'
check 'a tree is written' a_tree_is_written
check 'a tree is read' a_tree_is_read
check 'names, modes, owners and sizes are changed' names_change
check 'changes on the server show at once' changes_on_the_server_show
check 'levels are made, described, based and deleted' levels_are_made_and_deleted
check 'the control file locks, and a locked level is EROFS' the_lock_is_set_and_kept
check 'a level is packaged, declared stable and put into production' a_level_goes_into_production
check 'a flipped production link is followed at the next look-up' a_flipped_link_is_followed
check 'the tools of libnfs read and write' tools_of_libnfs_work

step 'handles'
mkdir "$M/S"
mkdir "$M/S/BUILD/CP/held"
connect /S/BUILD/CP/held
check 'the handle of a deleted directory is stale' a_deleted_directory_is_stale
connect /S/BUILD/CP
check 'the handle of a file of a deleted level is stale' a_deleted_level_is_stale
connect /N/BUILD/CP/lib
say stat / >"$T/stat.before"
disconnect
step 'restarting csmfs below the server: server stopped, csmfs restarted, server started'
stop_ganesha
same_device
start_ganesha
connect /N/BUILD/CP/lib
check 'the server serves the same after a restart of csmfs below it' all_is_as_it_was
disconnect
step 'killing csmfs below the server'
stop_ganesha
number=$(stat -c %d "$M")
kill_daemon
umount -l "$M"
same_device "$number"
start_ganesha
connect /N/BUILD/CP/lib
check 'the server serves the same after csmfs was killed below it' all_is_as_it_was
disconnect
stop_ganesha
finish
