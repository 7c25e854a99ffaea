#!/usr/bin/env bash
# One process at a time has a store open; the others are told so and the first is not disturbed.
. "${0%/*}/../../support/mount.sh"

new_store
mount_store
mkdir "$T/second" "$M/BASE/BUILD/CP"
busy='another process has the store open; unmount it, or end that process: fuser'

said=$(csmfs "$STORE" "$T/second" 2>&1 </dev/null) && fail "mounted twice"
case $said in *"$busy"*) ;; *) fail "csmfs: $said" ;; esac
! mounted "$T/second" || fail "mounted twice"
said=$(mkfs.csmfs --release 730 "$STORE" 2>&1) && fail "mkfs.csmfs changed a store in use"
case $said in *"$busy"*) ;; *) fail "mkfs.csmfs: $said" ;; esac
status=0
said=$(fsck.csmfs "$STORE" 2>&1) || status=$?
[ "$status" -eq 8 ] || fail "fsck.csmfs on a store in use ends with $status"
case $said in *"$busy"*) ;; *) fail "fsck.csmfs: $said" ;; esac

echo text >"$M/BASE/BUILD/CP/part"
[ "$(cat "$M/BASE/DELTA/CP/part")" = text ] || fail "the first mount is disturbed"
unmount_store
mkfs.csmfs --release 730 "$STORE" >/dev/null
