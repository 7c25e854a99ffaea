#!/usr/bin/env bash
# chown(2): owners give files to their groups only; set-user-ID goes; -1 leaves as it is; ctime moves.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"
. "$ROOT/tests/support/posix.sh"

rules()
{
	expect ok open file wronly,creat 0644
	later_than file
	expect ok chown file 1000 1000
	moved file
	as 1000 1000,2000 expect ok chown file -1 2000
	equal "$(mode file)" '644 1000:2000' "$place: an own group"
	as 1000 1000,2000 expect EPERM chown file -1 3000
	as 1000 1000 expect EPERM chown file 1001 -1
	as 1001 1001 expect EPERM chown file 1001 1001
	expect ok chmod file 6755
	as 1000 1000,2000 expect ok chown file 1000 1000
	equal "$(mode file)" '755 1000:1000' "$place: set-user-ID behind chown by the owner"
	expect ok chmod file 6755
	expect ok chown file 0 0
	equal "$(mode file)" '755 0:0' "$place: set-user-ID behind chown by root"
	expect ok symlink file link
	expect ok lchown link 1000 1001
	equal "$(mode link) $(mode file)" '777 1000:1001 755 0:0' "$place: a link and its target"
	expect ok chown link 5 6
	equal "$(mode file)" '755 5:6' "$place: through a link"
	expect ok chown file 4294967294 4294967294
	equal "$(mode file)" '755 4294967294:4294967294' "$place: the greatest owner"
}

each_place rules
