#!/usr/bin/env bash
# A link made aside is there for the next worker, which renames it over test; rm -r of a package goes on where it was;
# a package whose build was interrupted is built by the next worker.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L" "$M/systems/vm01"
component "$M/L" CP
component "$M/L" TCPIP
echo new >"$M/L/BUILD/CP/new"
echo new >"$M/L/BUILD/TCPIP/new"

ln -s ../../L "$M/systems/vm01/aside"
number=$(stat -c %i "$M/systems/vm01/aside")
kill_worker
equal "$(readlink "$M/systems/vm01/aside")" ../../L 'the link aside'
equal "$(stat -c %i "$M/systems/vm01/aside")" "$number" 'its number'
mv -T "$M/systems/vm01/aside" "$M/systems/vm01/other"
kill_worker
refused ENOENT readlink -v "$M/systems/vm01/aside"
mv -T "$M/systems/vm01/other" "$M/systems/vm01/test"
kill_worker
equal "$(readlink "$M/systems/vm01/test")" ../../L 'the link test'
refused ENOENT readlink -v "$M/systems/vm01/other"

mkdir "$M/L/PACKAGE"
rm "$M/L/PACKAGE/MANIFEST"
kill_worker
[ -e "$M/L/PACKAGE/MANIFEST.sig" ] || fail 'the rest of the package is gone'
rm "$M/L/PACKAGE/CP.SERVLINK"
kill_worker
rm -r "$M/L/PACKAGE"
[ ! -e "$M/L/PACKAGE" ] || fail 'the package is still there'

head -c 60000000 /dev/urandom >"$M/L/BUILD/CP/bytes"
mkdir "$M/L/PACKAGE" &
builder=$!
until [ -s "$M/.csmfs/progress" ]; do kill -0 "$builder" || break; done
kill_worker
wait "$builder" || fail 'the package was not built'
[ -s "$M/L/PACKAGE/MANIFEST.sig" ] || fail 'the package is not whole'
unmount_store
fsck.csmfs -n "$STORE"
