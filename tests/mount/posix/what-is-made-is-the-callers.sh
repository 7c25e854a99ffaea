#!/usr/bin/env bash
# open(O_CREAT), mkdir, mknod, symlink, link: owners, modes, who may, what is in the way.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"
. "$ROOT/tests/support/posix.sh"

rules()
{
	local made long

	long=$(printf 'n%.0s' $(seq 256))
	as 1000 1001 expect ok open file wronly,creat,excl 0640
	as 1000 1001 expect ok mkdir dir 0751
	as 1000 1001 expect ok mknod fifo 010644 0 0
	as 1000 1001 expect ok mknod plain 0100600 0 0
	as 1000 1001 expect EPERM mknod device 020666 1 3
	equal "$(mode file) $(mode dir) $(mode fifo) $(mode plain)" \
		'640 1000:1001 751 1000:1001 644 1000:1001 600 1000:1001' "$place: owners"
	expect ok symlink nowhere dangling
	expect ok symlink loop-b loop-a
	expect ok symlink loop-a loop-b
	for made in file dir fifo dangling; do
		expect EEXIST open "$made" wronly,creat,excl 0644
		expect EEXIST mkdir "$made" 0755
		expect EEXIST mknod "$made" 010644 0 0
		expect EEXIST symlink x "$made"
		expect EEXIST link file "$made"
	done
	for made in "open @ wronly,creat 0644" "mkdir @ 0755" "mknod @ 010644 0 0" "symlink x @" "link file @" \
		"unlink @" "rmdir @" "rename file @" "chmod @ 0644" "truncate @ 0" "chown @ 0 0" "stat @"; do
		expect ENAMETOOLONG ${made/@/$long}
		expect ENOTDIR ${made/@/file\/below}
		expect ELOOP ${made/@/loop-a\/below}
		expect ENOENT ${made/@/none\/below}
	done
	as 1002 1002 expect EACCES open dir/x wronly,creat 0644
	as 1002 1002 expect EACCES mkdir dir/x 0755
	as 1002 1002 expect EACCES symlink x dir/x
	later_than .
	expect ok mkdir new 0755
	moved .
	later_than file
	expect ok link file second
	moved file
	expect EPERM link dir third
	expect ENOENT symlink '' empty
	expect ok chown dir 0 2000
	expect ok chmod dir 2777
	as 1000 1001 expect ok open dir/file wronly,creat 0644
	as 1000 1001 expect ok mkdir dir/dir 0755
	equal "$(mode dir/file) $(mode dir/dir)" '644 1000:2000 2755 1000:2000' "$place: below set-group-ID"
}

each_place rules
