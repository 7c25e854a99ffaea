#!/usr/bin/env bash
# Thousands of levels are made, listed, told in SVCSTAT and found after a remount, in bounded memory;
# one more is made and any of them goes.
#
# LEVELS=10000 makes as many (3000; under sanitizers 1000).
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"
count=${LEVELS:-3000}
case $BUILD in */asan* | */tsan*) count=${LEVELS:-1000} ;; esac

new_store
mount_store
base_locked
cd "$M"
seq -f 'L%05.0f' "$count" | xargs -n 1000 mkdir
for turn in before after; do
	equal "$(ls | grep -c '^L')" "$count" "levels listed $turn a remount"
	equal "$(grep -c '^:SRVLVL.L' SVCSTAT)" "$count" "levels in SVCSTAT $turn a remount"
	equal "$(cat L00001/BUILD/CP/lib/one)" 'CP part one' 'the content of the first'
	equal "$(cat "L$(printf %05d "$count")/BUILD/CP/lib/one")" 'CP part one' 'the content of the last'
	cd /
	[ "$turn" = after ] || remount
	cd "$M"
done
memory=$(awk '/^VmRSS/ { print $2 }' "/proc/$DAEMON/status")
case $BUILD in
*/asan* | */tsan*) ;;
*) [ "$memory" -lt 200000 ] || fail "the daemon takes $memory KiB" ;;
esac
mkdir ONE_MORE
echo new > ONE_MORE/BUILD/CP/new
equal "$(cat ONE_MORE/DELTA/CP/new)" new 'a change in one more'
rmdir L00001 L00777 ONE_MORE
equal "$(ls | grep -c '^L')" "$((count - 2))" 'levels that are left'
refused ENOENT ls L00777
cd /
unmount_store
fsck.csmfs -n "$STORE"
