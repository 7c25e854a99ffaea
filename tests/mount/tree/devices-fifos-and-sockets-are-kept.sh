#!/usr/bin/env bash
# Devices keep their numbers, fifos carry bytes, sockets have a name; all survive a remount.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
mkdir "$M/L" "$M/L/BUILD/CP"
cd "$M/L/BUILD/CP"

mknod block b 259 70000
mknod char c 1 3
mkfifo fifo
probe socket socket
echo through > fifo &
equal "$(cat fifo)" through 'bytes of the fifo'
wait $!
cd /
remount
cd "$M/L/BUILD/CP"
equal "$(stat -c '%F %t,%T' block)" 'block special file 103,11170' 'block device'
equal "$(stat -c '%F %t,%T' char)" 'character special file 1,3' 'character device'
equal "$(stat -c %F fifo)" fifo 'fifo'
equal "$(stat -c %F socket)" socket 'socket'
echo swallowed > char
equal "$(stat -c '%F' char)" 'character special file' 'the null device after a write'
