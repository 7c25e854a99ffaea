#!/usr/bin/env bash
# An ACL opens a file to a named user; a default ACL is inherited; chmod changes the mask.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
mkdir "$M/L" "$M/L/BUILD/CP"
cd "$M/L/BUILD/CP"

echo text > file
chmod 600 file
setfacl -m u:65534:r file
equal "$(setpriv --reuid=65534 --regid=65534 --clear-groups cat file)" text 'read by the named user'
equal "$(stat -c %a file)" 640 'mode shows the mask'
chmod 600 file
refused EACCES setpriv --reuid=65534 --regid=65534 --clear-groups cat file
mkdir dir
setfacl -d -m u:65534:rwx,g:88:rx,o::- dir
: > dir/file
mkdir dir/sub
getfacl -pcn dir/file | grep -q '^user:65534:rwx' || fail 'the file inherited no ACL'
getfacl -pcn dir/sub | grep -q '^default:user:65534:rwx' || fail 'the directory inherited no default ACL'
getfacl -pcn dir/sub > "$T/before"
cd /
remount
getfacl -pcn "$M/L/BUILD/CP/dir/sub" | cmp - "$T/before"
setfacl -b "$M/L/BUILD/CP/dir/file"
equal "$(getfacl -pcn "$M/L/BUILD/CP/dir/file" | grep -c 65534)" 0 'entries after setfacl -b'
