#!/usr/bin/env bash
# /.csmfs/version names program, format, release and store; key.pub is the public half of the key
# of the store, which only root reads.
. "${0%/*}/../../support/mount.sh"

new_store
mount_store
version=$(cat "$M/.csmfs/version")
printf '%s\n' "$version" | grep -q '^csmfs [0-9]' || fail "no line csmfs VERSION: $version"
printf '%s\n' "$version" | grep -qx 'format 1' || fail "no line format 1: $version"
printf '%s\n' "$version" | grep -qx 'release 720' || fail "no line release 720: $version"
uuid=$(printf '%s\n' "$version" | grep -xE 'uuid [0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}') ||
	fail "no line uuid: $version"
grep -qxF "$uuid" "$STORE/csmfs.store" || fail "another uuid in the superblock"

openssl pkey -pubin -in "$M/.csmfs/key.pub" -noout -text | grep -q ED25519 || fail "key.pub is not Ed25519"
openssl pkey -in "$STORE/key.pem" -pubout >"$T/public"
cmp "$T/public" "$M/.csmfs/key.pub"
[ "$(stat -c %a "$STORE/key.pem")" = 600 ] || fail "others may read the key: $(stat -c %A "$STORE/key.pem")"

remount
[ "$(cat "$M/.csmfs/version")" = "$version" ] || fail "another version after a remount"
cmp "$T/public" "$M/.csmfs/key.pub"
unmount_store
mv "$STORE" "$T/other"
new_store
mount_store
! grep -qxF "$uuid" "$M/.csmfs/version" || fail "two stores with one uuid"
! cmp -s "$T/public" "$M/.csmfs/key.pub" || fail "two stores with one key"
unmount_store
