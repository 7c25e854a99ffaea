#!/usr/bin/env bash
# A write by another user, and a change of owner, take set-user-ID and set-group-ID away.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
mkdir "$M/L" "$M/L/BUILD/CP"
cd "$M/L/BUILD/CP"

echo program > file
chmod 6777 file
setpriv --reuid=65534 --regid=65534 --clear-groups sh -c 'echo x >> file'
equal "$(stat -c %a file)" 777 'mode after a write by another'
chmod 6755 file
chown 1:1 file
equal "$(stat -c %a file)" 755 'mode after chown'
