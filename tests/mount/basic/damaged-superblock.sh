#!/usr/bin/env bash
# A superblock that does not decode is reported as damage; the store is not touched.
. "${0%/*}/../../support/mount.sh"

new_store
mount_store
mkdir "$M/BASE/BUILD/CP"
unmount_store
cp "$STORE/csmfs.store" "$T/kept"

damaged()
{
	local said

	cp "$STORE/csmfs.store" "$T/before"
	said=$(csmfs "$STORE" "$M" 2>&1 </dev/null) && fail "$1: mounted"
	case $said in *damaged*fsck.csmfs*) ;; *) fail "$1: $said" ;; esac
	! mounted "$M" || fail "$1: mounted"
	cmp "$STORE/csmfs.store" "$T/before" || fail "$1: the superblock was written"
	cp "$T/kept" "$STORE/csmfs.store"
}

: >"$STORE/csmfs.store"
damaged 'empty'
head -c 5 /dev/urandom >"$STORE/csmfs.store"
damaged 'five random bytes'
head -n 1 "$T/kept" >"$STORE/csmfs.store"
damaged 'first line only'
sed 's/^uuid .*/uuid nothing/' "$T/kept" >"$STORE/csmfs.store"
damaged 'a bad uuid'
sed 's/^format .*/format x/' "$T/kept" >"$STORE/csmfs.store"
damaged 'a format that is no number'
head -c 1048576 /dev/zero >"$STORE/csmfs.store"
damaged 'a megabyte of zeros'

mount_store
[ -d "$M/BASE/BUILD/CP" ] || fail "content is gone"
unmount_store
