#!/usr/bin/env bash
# truncate(2), ftruncate(2), posix_fallocate(3): who may, what is refused, which times move.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"
. "$ROOT/tests/support/posix.sh"

rules()
{
	expect ok open file wronly,creat 0644 10
	chown 1000:1000 file
	later_than file
	as 1000 1000 expect ok truncate file 100
	moved file
	equal "$(stat -c %s file)" 100 "$place: size"
	as 1001 1001 expect EACCES truncate file 0
	expect EINVAL truncate file -1
	expect EFBIG truncate file 9223372036854775807
	expect EISDIR truncate . 0
	expect ENOENT truncate none 0
	expect ENOTDIR truncate file/below 0
	expect EINVAL ftruncate file rdonly 0
	expect EINVAL ftruncate file rdwr -1
	expect ok ftruncate file rdwr 50
	expect ok chmod file 6777
	as 1001 1001 expect ok ftruncate file rdwr 40
	equal "$(mode file)" '777 1000:1000' "$place: set-user-ID behind ftruncate by another"
	expect EBADF fallocate file rdonly 0 10
	expect EINVAL fallocate file rdwr 0 0
	expect EINVAL fallocate file rdwr -1 10
	later_than file
	expect ok fallocate file rdwr 1000 24
	moved file
	equal "$(stat -c %s file)" 1024 "$place: size behind posix_fallocate"
	expect ok open shared wronly,creat 0755
	cp /bin/sleep program
	./program 100 &
	while [ "$(readlink "/proc/$!/exe")" != "$PWD/program" ]; do sleep 0.05; done
	expect ETXTBSY truncate program 0
	expect ETXTBSY open program wronly 0
	kill $!
	wait $! 2> /dev/null || true
	expect ok truncate program 0
}

each_place rules
