#!/usr/bin/env bash
# What readers hold open takes a bounded amount of memory: a table is there once, however often it is open.
# Directories held open are read on to their end.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
cd "$M"
mkdir L
# records of a table: one is some 400 bytes
long=$(printf '%0220d' 1)
seq -f 'L%.0f' 1500 | xargs mkdir
seq -f 'L%.0f' 1500 | xargs setfattr -n user.csmfs.description -v "$long"
size=$(wc -c < SVCSTAT)
[ "$size" -gt 500000 ] || fail "a table of $size bytes: too small to measure with"
mkdir -p L/BUILD/CP/many
# names long enough that 350 listings of them are more than is kept
(cd L/BUILD/CP/many && seq -f "%.0f-$long" 1000 | xargs touch)

# who holds a table open holds nothing of ours: it is there once
memory()
{
	awk '/^VmRSS/ { print $2 }' "/proc/$DAEMON/status"
}
before=$(memory)
setpriv --reuid=65534 --regid=65534 --clear-groups /usr/bin/python3 - "$size" <<'END'
import os, resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
held = [os.open("SVCSTAT", os.O_RDONLY) for number in range(200)]
read = [sum(len(part) for part in iter(lambda: os.read(fd, 65536), b"")) for fd in held]
sys.exit(None if read == [int(sys.argv[1])] * 200 else "tables of %s bytes" % set(read))
END
case $BUILD in
*/asan* | */tsan*) ;;
*) [ $(($(memory) - before)) -lt 65536 ] || fail "$(($(memory) - before)) KiB for 200 open tables" ;;
esac
# listings that were let go are taken anew where they were
setpriv --reuid=65534 --regid=65534 --clear-groups /usr/bin/python3 - <<'END'
import os, sys
os.chdir('L/DELTA/CP/many')
held = [os.scandir('.') for number in range(350)]
names = [set() for directory in held]
for names_of, directory in zip(names, held):
    names_of.add(next(directory).name)
for names_of, directory in zip(names, held):
    names_of.update(entry.name for entry in directory)
wrong = [len(one) for one in names if len(one) != 1000]
sys.exit('directories with %s names' % wrong if wrong else 0)
END
