#!/usr/bin/env bash
# openssl verifies MANIFEST.sig with the public key of the mount and refuses a changed MANIFEST.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M/L"

echo changed > BUILD/CP/program
mkdir PACKAGE
cp "$M/.csmfs/key.pub" PACKAGE/MANIFEST PACKAGE/MANIFEST.sig "$T/"
cd "$T"
openssl pkeyutl -verify -pubin -inkey key.pub -rawin -in MANIFEST -sigfile MANIFEST.sig
echo >> MANIFEST
if openssl pkeyutl -verify -pubin -inkey key.pub -rawin -in MANIFEST -sigfile MANIFEST.sig; then
	fail 'a changed MANIFEST was accepted'
fi
