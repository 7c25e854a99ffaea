#!/usr/bin/env bash
# chmod(2): by the owner and root, moves ctime, takes set-group-ID of a foreign group away.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"
. "$ROOT/tests/support/posix.sh"

rules()
{
	expect ok open file wronly,creat 0644
	chown 1000:1000 file
	later_than file
	as 1000 1000 expect ok chmod file 0600
	moved file
	as 1001 1001 expect EPERM chmod file 0777
	equal "$(mode file)" '600 1000:1000' "$place: mode"
	chown 1000:2000 file
	as 1000 1000,3000 expect ok chmod file 2755
	equal "$(mode file)" '755 1000:2000' "$place: set-group-ID of a foreign group"
	as 1000 1000,2000 expect ok chmod file 2755
	equal "$(mode file)" '2755 1000:2000' "$place: set-group-ID of an own group"
	expect ok chmod file 7777
	equal "$(mode file)" '7777 1000:2000' "$place: all bits"
	expect ok mkdir closed 0700
	as 1000 1000 expect EACCES chmod closed/file 0600
	expect ENOENT chmod none 0600
	expect ENOTDIR chmod file/below 0600
}

each_place rules
