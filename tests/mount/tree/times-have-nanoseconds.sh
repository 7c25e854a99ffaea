#!/usr/bin/env bash
# Times are kept to the nanosecond, before 1970 and after 2038, on files, links and directories.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
mkdir "$M/L" "$M/L/BUILD/CP"
cd "$M/L/BUILD/CP"

mkdir dir
: > file
ln -s x link
touch -d '2001-02-03 04:05:06.123456789 UTC' file
touch -d '2099-12-31 23:59:59.999999999 UTC' dir
touch -h -d '1965-01-01 00:00:00.5 UTC' link
cd /
remount
cd "$M/L/BUILD/CP"
export TZ=UTC
equal "$(stat -c %y file)" '2001-02-03 04:05:06.123456789 +0000' 'file'
equal "$(stat -c %y dir)" '2099-12-31 23:59:59.999999999 +0000' 'directory'
equal "$(stat -c %y link)" '1965-01-01 00:00:00.500000000 +0000' 'link'
