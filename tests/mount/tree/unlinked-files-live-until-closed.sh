#!/usr/bin/env bash
# A file unlinked while open is read and written until it is closed.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
mkdir "$M/L" "$M/L/BUILD/CP"
cd "$M/L/BUILD/CP"

echo before > file
exec 3<> file
rm file
echo after >&3
equal "$(cat "/proc/$$/fd/3")" "$(printf 'after\n')" 'content'
equal "$(stat -L -c %h "/proc/$$/fd/3")" 0 'link count'
[ ! -e file ] || fail 'the name is still there'
echo new > file
equal "$(cat file)" new 'the new file of that name'
exec 3>&-
equal "$(ls)" file 'names'
