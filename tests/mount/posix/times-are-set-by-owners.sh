#!/usr/bin/env bash
# utimensat(2): nanoseconds, now, omit; a writer may set now and nothing else; ctime moves.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"
. "$ROOT/tests/support/posix.sh"

rules()
{
	expect ok open file wronly,creat 0666
	expect ok symlink file link
	chown 1000:1000 file
	later_than file
	as 1000 1000 expect ok utimens file 1.000000002 -3.999999999
	moved file
	equal "$(stat -c %.9X/%.9Y file)" 1.000000002/-2.000000001 "$place: times"
	as 1000 1000 expect ok utimens file omit 5000000000.123456789
	equal "$(stat -c %.9X/%.9Y file)" 1.000000002/5000000000.123456789 "$place: one of them"
	as 1001 1001 expect EPERM utimens file 1 1
	as 1001 1001 expect EPERM utimens file omit now
	as 1001 1001 expect ok utimens file now now
	[ "$(stat -c %X file)" -gt 1700000000 ] || fail "$place: now is $(stat -c %X file)"
	chmod 644 file
	as 1001 1001 expect EACCES utimens file now now
	expect ok utimens link 7.000000007 8.000000008
	equal "$(stat -c %.9X/%.9Y link)" 7.000000007/8.000000008 "$place: times of a link"
	[ "$(stat -c %X file)" -gt 1700000000 ] || fail "$place: the target's time changed with the link"
	expect ENOENT utimens none now now
}

each_place rules
