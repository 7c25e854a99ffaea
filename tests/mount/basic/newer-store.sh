#!/usr/bin/env bash
# A store of a newer format is refused by every program that opens it; those that look into it name
# both versions.
. "${0%/*}/../../support/mount.sh"

new_store
cp "$STORE/csmfs.store" "$T/kept"
sed -i 's/^format 1$/format 7/' "$STORE/csmfs.store"
! cmp -s "$STORE/csmfs.store" "$T/kept" || fail "the superblock has no line 'format 1'"

for program in "csmfs $STORE $M" "fsck.csmfs $STORE" "mkfs.csmfs --release 730 $STORE"; do
	said=$($program 2>&1 </dev/null) && fail "$program works on a newer store"
	case $said in *newer*) ;; *) fail "$program: $said" ;; esac
	! mounted "$M" || fail "$program mounted"
	case $program in mkfs*) continue ;; esac
	for version in 1 7; do
		printf '%s\n' "$said" | grep -qw "$version" || fail "$program does not name $version: $said"
	done
done
cp "$T/kept" "$STORE/csmfs.store"
mount_store
unmount_store
