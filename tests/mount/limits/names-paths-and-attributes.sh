#!/usr/bin/env bash
# A path of 4095 bytes works and one more is refused, but below it one goes on from directory to
# directory. A value of 64 KiB fits and one byte more does not; and no more names are taken than
# can be listed.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
mkdir "$M/L" "$M/L/BUILD/CP" "$M/L/BUILD/CP/built"
mkdir -p "$M/L/DELTA/CP/delta"
for place in BUILD/CP/built DELTA/CP/delta; do
	/usr/bin/python3 - "$M/L/$place" << 'END'
import errno, os, sys

def refused(code, call, *arguments):
    try:
        call(*arguments)
    except OSError as error:
        assert error.errno == code, "%s: %s" % (call.__name__, error)
        return
    assert False, "%s is not refused" % call.__name__

os.chdir(sys.argv[1])
# 255 bytes a name, the last as long as a path of 4095 bytes has room for
while len(os.getcwd()) + 256 < 4095:
    os.mkdir("d" * 255)
    os.chdir("d" * 255)
here = os.getcwd()
longest = here + "/" + "f" * (4095 - len(here) - 1)
with open(longest, "w") as file:
    file.write("longest")
assert os.stat(longest).st_size == 7
for call in (os.stat, os.unlink, os.mkdir, os.listdir, os.rmdir):
    refused(errno.ENAMETOOLONG, call, longest + "f")
refused(errno.ENAMETOOLONG, os.symlink, "t" * 4096, "link")
os.symlink("t" * 4095, "link")
for call in (os.mkdir, os.mkfifo, os.unlink, os.rmdir, os.stat):
    refused(errno.ENAMETOOLONG, call, "n" * 256)
for _ in range(20):
    os.mkdir("e" * 255)
    os.chdir("e" * 255)
with open("bottom", "w") as file:
    file.write("bottom")
assert open("bottom").read() == "bottom"

os.chdir(sys.argv[1])
open("file", "w").close()
os.setxattr("file", "user.big", b"b" * 65536)
assert os.getxattr("file", "user.big") == b"b" * 65536
refused(errno.E2BIG, os.setxattr, "file", "user.big", b"b" * 65537)
os.setxattr("file", "user." + "n" * 250, b"")
refused(errno.ERANGE, os.setxattr, "file", "user." + "n" * 251, b"")
open("many", "w").close()
taken = 0
for i in range(1000):
    try:
        os.setxattr("many", "user.%0250d" % i, b"")
    except OSError as error:
        assert error.errno == errno.ENOSPC, error
        break
    taken += 1
assert 200 < taken < 1000, taken
assert len(os.listxattr("many")) == taken
os.removexattr("many", "user.%0250d" % 0)
os.setxattr("many", "user.other", b"")
END
done
cd /
remount
equal "$(getfattr --absolute-names --only-values -n user.big "$M/L/BUILD/CP/built/file" | wc -c)" 65536 'after a remount'
equal "$(getfattr --absolute-names -m - "$M/L/DELTA/CP/delta/many" | grep -c '^user')" \
	"$(getfattr --absolute-names -m - "$M/L/BUILD/CP/built/many" | grep -c '^user')" 'names listed'
rm -r "$M/L/BUILD/CP/built" "$M/L/DELTA/CP/delta"
unmount_store
fsck.csmfs -n "$STORE"
