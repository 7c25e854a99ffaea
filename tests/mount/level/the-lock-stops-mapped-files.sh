#!/usr/bin/env bash
# What a program changes by mmap(2) in a level that was locked, declared stable or deleted meanwhile is
# refused when the page is written: the program is told, others read what the level has.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

# map FILE: a program that has FILE open for writing and mapped; step WHAT: what it says to that
map()
{
	mkfifo "$T/steps" "$T/answers"
	probe mmap-steps "$1" 200000 'never stored' < "$T/steps" > "$T/answers" &
	exec 7> "$T/steps" 8< "$T/answers"
	rm "$T/steps" "$T/answers"
	equal "$(line)" ok mmap
}

line()
{
	local said

	read -r -u 8 said || fail 'the program with the mapping ended'
	echo "$said"
}

step()
{
	echo "$1" >&7
	line
}

unmap()
{
	exec 7>&- 8<&-
}

# shows FILE: the kernel forgets after it told the program, so others are given a while
shows()
{
	for ((tries = 0; ; tries++)); do
		! cmp -s "$T/stored" "$1" || break
		[ "$tries" -lt 200 ] || fail "$1 shows what it does not have"
		sleep 0.1
	done
}

later unmap
new_store
mount_store
base_locked
cd "$M"
head -c 300000 /dev/urandom > "$T/stored"

# the lock, and a change before it that was not synced
mkdir L
cp "$T/stored" L/BUILD/CP/file
cp "$T/stored" L/BUILD/CP/closed
map L/BUILD/CP/file
control L lock on
equal "$(step change)" ok 'a change in memory'
equal "$(step msync)" EROFS 'msync in a locked level'
expect_log ' write .*L/BUILD/CP/file.* locked'
shows L/BUILD/CP/file
equal "$(step change)" ok 'a change after the first was refused'
equal "$(step fsync)" EROFS 'fsync in a locked level'
shows L/BUILD/CP/file
unmap
control L lock off
map L/BUILD/CP/closed
control L lock on
equal "$(step change)" ok 'a change that close is to hear of'
equal "$(step close)" EIO 'close in a locked level'
shows L/BUILD/CP/closed
unmap
control L lock off
map L/BUILD/CP/file
equal "$(step change)" ok 'a change after the unlock'
equal "$(step msync)" ok 'msync after the unlock'
unmap
equal "$(dd if=L/BUILD/CP/file bs=1 skip=200000 count=12 status=none)" 'never stored' 'what was unlocked'
cp "$T/stored" L/BUILD/CP/file

# STABLE
map L/BUILD/CP/file
mkdir L/PACKAGE
control L state STABLE
equal "$(step change)" ok 'a change in memory'
equal "$(step msync)" EROFS 'msync in a stable level'
shows L/BUILD/CP/file
unmap

# a level that is gone
mkdir GONE
cp "$T/stored" GONE/BUILD/CP/file
map GONE/BUILD/CP/file
rmdir GONE
equal "$(step change)" ok 'a change in memory'
equal "$(step msync)" ESTALE 'msync in a deleted level'
unmap
mkdir GONE
refused ENOENT cat GONE/BUILD/CP/file

cd /
remount
cmp "$T/stored" "$M/L/BUILD/CP/file"
