#!/usr/bin/env bash
# open(2): permissions by class, O_EXCL, O_DIRECTORY, O_NOFOLLOW, fifos, and what a write clears.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"
. "$ROOT/tests/support/posix.sh"

rules()
{
	expect ok open file wronly,creat 0640
	chown 1000:2000 file
	as 1000 1 expect ok open file rdwr 0
	as 1001 2000 expect ok open file rdonly 0
	as 1001 1,2000 expect EACCES open file wronly 0
	as 1001 1001 expect EACCES open file rdonly 0
	chmod 0066 file
	as 1000 2000 expect EACCES open file rdonly 0
	as 1001 1001 expect ok open file rdwr 0
	expect ok mkdir dir 0755
	expect ok symlink file link
	expect ok symlink loop loop
	expect ok mknod fifo 010666 0 0
	expect EISDIR open dir wronly 0
	expect EISDIR open dir rdwr 0
	expect ok open dir rdonly,directory 0
	expect ENOTDIR open file rdonly,directory 0
	expect ELOOP open link rdonly,nofollow 0
	expect ELOOP open loop rdonly 0
	expect ENXIO open fifo wronly,nonblock 0
	expect EEXIST open link wronly,creat,excl 0644
	expect ENOENT open none rdonly 0
	chmod 6777 file
	as 1001 1001 expect ok open file wronly 0 10
	equal "$(mode file)" '777 1000:2000' "$place: set-user-ID behind a write by another"
	chmod 6777 file
	as 1001 1001 expect ok open file wronly,trunc 0
	equal "$(mode file) $(stat -c %s file)" '777 1000:2000 0' "$place: set-user-ID behind O_TRUNC by another"
	chmod 4777 file
	expect ok open file wronly 0 10
	equal "$(mode file)" '4777 1000:2000' "$place: set-user-ID behind a write by root"
	later_than file
	expect ok open file wronly,trunc 0
	moved file
}

each_place rules
