#!/usr/bin/env bash
# mkdir in DELTA of a directory that BUILD inherited: attributes and ACLs of the old one are gone,
# those that its parent hands on are there, and what is in it stays.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
component "$M/BASE" CP
mkdir "$M/BASE/BUILD/CP/lib/sub"
setfattr -n user.note -v old "$M/BASE/BUILD/CP/etc"
setfacl -m u:1234:rwx "$M/BASE/BUILD/CP/etc"
control "$M/BASE" lock on
mkdir "$M/L"
cd "$M/L"

mkdir DELTA/CP DELTA/CP/etc
equal "$(getfattr -m - BUILD/CP/etc)" '' 'attributes in BUILD'
equal "$(stat -c %a BUILD/CP/etc)" 755 'mode'
equal "$(cat BUILD/CP/etc/profile)" 'CP = on' 'content'
mkdir DELTA/CP/lib
chgrp 77 DELTA/CP/lib
chmod 2775 DELTA/CP/lib
mkdir DELTA/CP/lib/sub
equal "$(stat -c '%a %g' BUILD/CP/lib/sub)" '2755 77' 'set-group-ID of the directory above'
