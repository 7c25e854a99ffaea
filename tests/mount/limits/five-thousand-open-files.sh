#!/usr/bin/env bash
# Five thousand files are open at once, written and read, while the daemon may have 256 descriptors.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"
count=5000
case $BUILD in */asan* | */tsan*) count=1500 ;; esac

new_store
(ulimit -n 256 && csmfs "$STORE" "$M")
pid_of_store "$STORE" >> "$T/pids"
daemon=$(pid_of_store "$STORE")
grep -q '^Max open files *256 ' "/proc/$daemon/limits" || fail "$(grep '^Max open' "/proc/$daemon/limits")"
mkdir "$M/BASE/BUILD/CP"
cd "$M/BASE/BUILD/CP"
ulimit -n $((count + 100))
/usr/bin/python3 - "$count" "/proc/$daemon/fd" << 'END'
import os, sys
count = int(sys.argv[1])
files = [os.open("file%d" % i, os.O_RDWR | os.O_CREAT) for i in range(count)]
for i, fd in enumerate(files):
    os.write(fd, b"of %d" % i)
held = len(os.listdir(sys.argv[2]))
assert held < 200, "%d descriptors of the daemon" % held
for i, fd in enumerate(files):
    assert os.pread(fd, 100, 0) == b"of %d" % i, "file%d through an open file" % i
    os.unlink("file%d" % i)
for i, fd in enumerate(files):
    assert os.pread(fd, 100, 0) == b"of %d" % i, "file%d behind its unlink" % i
    os.close(fd)
assert os.listdir(".") == [], "names are left"
END
cd /
umount "$M"
for ((tries = 0; ; tries++)); do
	[ -e "/proc/$daemon" ] || break
	[ "$tries" -lt 600 ] || fail 'the daemon does not end'
	sleep 0.1
done
fsck.csmfs -n "$STORE"
