#!/usr/bin/env bash
# A store holds several releases: independent file spaces, chosen with -o release (behaviours 3, 6).
. "${0%/*}/../../support/mount.sh"

new_store 720 730
! mkfs.csmfs --release 720 "$STORE" >"$T/said" 2>&1 || fail "release 720 made twice"
grep -q 'release is in the store already' "$T/said" || fail "mkfs.csmfs: $(cat "$T/said")"
for bad in 72 7200 abc '7 2' ''; do
	! mkfs.csmfs --release "$bad" "$STORE" >"$T/said" 2>&1 || fail "release '$bad' accepted"
done

said=$(csmfs "$STORE" "$M" 2>&1 </dev/null) && fail "mounted without naming a release"
case $said in *'several releases'*) ;; *) fail "csmfs: $said" ;; esac
said=$(csmfs "$STORE" "$M" -o release=999 2>&1 </dev/null) && fail "mounted release 999"
case $said in *'release is not in the store'*) ;; *) fail "csmfs: $said" ;; esac
! mounted "$M" || fail "mounted after a refusal"

mount_store -o release=720
grep -qx 'release 720' "$M/.csmfs/version" || fail "version: $(cat "$M/.csmfs/version")"
mkdir "$M/VM_ONE" "$M/VM_BOTH" "$M/BASE/BUILD/CP"
remount -o release=730
grep -qx 'release 730' "$M/.csmfs/version" || fail "version: $(cat "$M/.csmfs/version")"
[ ! -e "$M/VM_ONE" ] || fail "a level of 720 shows in 730"
[ ! -e "$M/BASE/BUILD/CP" ] || fail "a component of 720 shows in 730"
mkdir "$M/VM_BOTH"
remount -o release=720
[ -d "$M/VM_ONE" ] && [ -d "$M/BASE/BUILD/CP" ] || fail "release 720 lost something"
unmount_store
