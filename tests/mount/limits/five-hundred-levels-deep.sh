#!/usr/bin/env bash
# At depth 500 a level is read, written, compared, digested and packaged as one at depth 1.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"
depth=500
case $BUILD in */asan* | */tsan*) depth=150 ;; esac

new_store
mount_store
base_locked
cd "$M"
parent=BASE
for ((i = 1; i <= depth; i++)); do
	mkdir "L$i"
	[ "$parent" = BASE ] || control "L$i" basedon "$parent"
	echo "of $i" > "L$i/BUILD/CP/each"
	echo "of $i" > "L$i/BUILD/CP/lib/own-$i"
	parent=L$i
done
mkdir FLAT
for ((i = 1; i <= depth; i++)); do
	echo "of $i" > "FLAT/BUILD/CP/lib/own-$i"
done
echo "of $depth" > FLAT/BUILD/CP/each

same=$(digest FLAT)
equal "$(digest "L$depth")" "$same" 'the digest of the same content, made in one level'
same_tree "L$depth/BUILD" FLAT/BUILD
equal "$(cd "L$depth/DELTA" && find . | sort | xargs)" ". ./CP ./CP/each ./CP/lib ./CP/lib/own-$depth" DELTA
echo changed > "L$depth/BUILD/CP/lib/own-1"
rm "L$depth/DELTA/CP/lib/own-1"
equal "$(cat "L$depth/BUILD/CP/lib/own-1")" 'of 1' 'a change taken back'
rm "L$depth/BUILD/CP/lib/own-1" "L$depth/BUILD/CP/program"
whiteout "L$depth/DELTA/CP/lib/own-1"
mv "L$depth/BUILD/CP/lib" "L$depth/BUILD/CP/moved"
equal "$(ls "L$depth/BUILD/CP/moved" | wc -l)" "$((depth + 1))" 'names in a renamed directory'
equal "$(ls "L$((depth - 1))/BUILD/CP/lib" | wc -l)" "$((depth + 1))" 'names in the parent'
mkdir "L$depth/PACKAGE"
equal "$(grep -c 'own-' "L$depth/PACKAGE/MANIFEST")" "$((depth - 1))" 'files in MANIFEST'
last=$(digest "L$depth")
cd /
unmount_store
fsck.csmfs -n "$STORE"
mount_store
cd "$M"
equal "$(digest FLAT)" "$same" 'the digest after a remount'
equal "$(digest "L$depth")" "$last" 'the digest of the deepest after a remount'
equal "$(cat "L$((depth / 2))/BUILD/CP/each")" "of $((depth / 2))" 'a level in between'
refused EBUSY rmdir "L$((depth - 1))"
rm -r "L$depth/PACKAGE"
rmdir "L$depth" "L$((depth - 1))"
