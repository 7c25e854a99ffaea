#!/usr/bin/env bash
# unlink, rmdir, rename: write permission and the sticky bit of directories, kinds, what is in the way.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"
. "$ROOT/tests/support/posix.sh"

rules()
{
	expect ok mkdir closed 0755
	expect ok mkdir sticky 01777
	expect ok mkdir full 0777
	expect ok open closed/file wronly,creat 0666
	expect ok open full/file wronly,creat 0666
	as 1000 1000 expect ok open sticky/file wronly,creat 0666
	as 1000 1000 expect ok mkdir sticky/dir 0777
	as 1001 1001 expect ok open sticky/other wronly,creat 0666
	as 1000 1000 expect EACCES unlink closed/file
	as 1000 1000 expect EACCES rename closed/file full/moved
	as 1000 1000 expect EACCES rename full/file closed/moved
	as 1001 1001 expect EPERM unlink sticky/file
	as 1001 1001 expect EPERM rmdir sticky/dir
	as 1001 1001 expect EPERM rename sticky/file full/moved
	as 1001 1001 expect EPERM rename sticky/other sticky/file
	as 1001 1001 expect ok rename sticky/other sticky/mine
	as 1000 1000 expect ok unlink sticky/file
	as 1000 1000 expect ok rmdir sticky/dir
	expect ok chown sticky 1000 1000
	as 1000 1000 expect ok unlink sticky/mine
	expect EISDIR unlink full
	expect ENOTEMPTY rmdir full
	expect ENOTDIR rmdir full/file
	expect EINVAL rmdir full/.
	expect ENOTEMPTY rmdir full/..
	expect ENOTDIR rename full closed/file
	expect EISDIR rename closed/file full
	expect EINVAL rename full full/below
	expect ENOTEMPTY rename closed full
	expect EBUSY rename full/. elsewhere
	expect ENOENT rename none elsewhere
	# a directory of another changes its parent: that is a write of it
	expect ok mkdir foreign 0755
	expect ok mkdir target 0777
	as 1000 1000 expect EACCES rename foreign target/moved
	as 1000 1000 expect ok rename foreign renamed
	expect ok link full/file second
	later_than second
	expect ok unlink full/file
	moved second
	equal "$(stat -c %h second)" 1 "$place: links"
	later_than .
	expect ok rename second third
	moved .
	later_than .
	expect ok rmdir full
	moved .
}

each_place rules
