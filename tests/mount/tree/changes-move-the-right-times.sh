#!/usr/bin/env bash
# A write moves mtime and ctime, chmod ctime alone, a new name the directory's mtime.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
mkdir "$M/L" "$M/L/BUILD/CP"
cd "$M/L/BUILD/CP"

mkdir dir
: > dir/file
touch -d '2001-01-01 UTC' dir dir/file
chmod 600 dir/file
equal "$(stat -c %Y dir/file)" 978307200 'mtime after chmod'
[ "$(stat -c %Z dir/file)" -gt 978307200 ] || fail 'chmod did not move ctime'
echo x > dir/file
[ "$(stat -c %Y dir/file)" -gt 978307200 ] || fail 'a write did not move mtime'
equal "$(stat -c %Y dir)" 978307200 'directory mtime after a write into a file'
: > dir/new
[ "$(stat -c %Y dir)" -gt 978307200 ] || fail 'a new name did not move the mtime of the directory'
