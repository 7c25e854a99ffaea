#!/usr/bin/env bash
# A directory with a great many names is listed whole, by seekdir from any place, searched and emptied
# while it is read, in bounded memory of the daemon; a child level and a remount show the same.
#
# NAMES=1000000 makes as many (20000; under sanitizers 5000).
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"
count=${NAMES:-20000}
case $BUILD in */asan* | */tsan*) count=${NAMES:-5000} ;; esac

names()
{
	/usr/bin/python3 - "$@" << 'END'
import ctypes, os, stat, sys
task, path, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
name = lambda i: "name-%07d" % i
os.chdir(path)
if task == "make":
    for i in range(count):
        os.mknod(name(i), stat.S_IFREG | 0o644)
elif task == "check":
    found = os.listdir(".")
    assert len(found) == count, len(found)
    assert set(found) == {name(i) for i in range(count)}
    for i in range(0, count, 997):
        assert os.stat(name(i)).st_size == 0
    assert not os.path.exists(name(count))
elif task == "remove":
    # each name of a batch goes before the next is asked for
    seen = 0
    with os.scandir(".") as entries:
        for entry in entries:
            os.unlink(entry.name)
            seen += 1
    assert seen == count, seen
    assert os.listdir(".") == []
END
}

new_store
mount_store
mkdir -p "$M/BASE/BUILD/CP/many"
names make "$M/BASE/BUILD/CP/many" "$count"
names check "$M/BASE/BUILD/CP/many" "$count"
equal "$(probe seekdir "$M/BASE/BUILD/CP/many")" "$((count + 2)) $((count - 98))" 'names listed, and from the hundredth on'
control "$M/BASE" lock on
mkdir "$M/L"
: > "$M/L/BUILD/CP/many/name-$(printf %07d "$count")"
remount
names check "$M/BASE/BUILD/CP/many" "$count"
names check "$M/L/BUILD/CP/many" "$((count + 1))"
equal "$(ls "$M/L/DELTA/CP/many" | wc -l)" 1 'names in DELTA'
digest "$M/L" > /dev/null
names remove "$M/L/BUILD/CP/many" "$((count + 1))"
equal "$(ls "$M/L/DELTA/CP/many" | wc -l)" "$count" 'deletions in DELTA'
names check "$M/BASE/BUILD/CP/many" "$count"
rm -r "$M/L/BUILD/CP/many"
memory=$(awk '/^VmHWM/ { print $2 }' "/proc/$DAEMON/status")
echo "$count names: the daemon took $memory KiB at most"
case $BUILD in
*/asan* | */tsan*) ;;
*) [ "$memory" -lt 400000 ] || fail "the daemon took $memory KiB" ;;
esac
unmount_store
fsck.csmfs -n "$STORE"
