#!/usr/bin/env bash
# What is made in a set-group-ID directory gets its group, and directories the bit as well.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
mkdir "$M/L" "$M/L/BUILD/CP"
cd "$M/L/BUILD/CP"

mkdir dir
chgrp 77 dir
chmod 2775 dir
: > dir/file
mkdir dir/sub
equal "$(stat -c %g dir/file)" 77 'group of a file'
equal "$(stat -c '%g %a' dir/sub | cut -c1-4)" '77 2' 'group and bit of a directory'
