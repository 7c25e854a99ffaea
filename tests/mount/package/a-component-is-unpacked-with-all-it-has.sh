#!/usr/bin/env bash
# tar restores from a SERVLINK links, devices, xattrs, ACLs, holes, owners and times.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M/L"

mkdir BUILD/NEW
sample BUILD/NEW/sample
cp -a BUILD/NEW "$T/wanted"
mkdir PACKAGE "$T/out"
lz4 -dc PACKAGE/NEW.SERVLINK | tar -C "$T/out" --xattrs --xattrs-include='*' --acls -xpf -
same_tree --times "$T/wanted" "$T/out/NEW"
[ "$(stat -c %b "$T/out/NEW/sample/holes")" -le 2048 ] || fail 'the file with holes is no more sparse'
