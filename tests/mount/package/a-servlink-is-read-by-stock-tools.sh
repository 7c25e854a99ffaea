#!/usr/bin/env bash
# lz4 and tar list a SERVLINK: the changed files and a whiteout for each deleted one, no others.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M/L"

echo changed > BUILD/CP/program
rm BUILD/CP/lib/one
mkdir PACKAGE
lz4 -dc PACKAGE/CP.SERVLINK | tar -tvf - > "$T/list"
equal "$(awk '$1 !~ /^d/ { print $NF }' "$T/list" | sort | xargs)" 'CP/lib/one CP/program' 'entries but directories'
grep 'CP/lib/one$' "$T/list" | grep -q '^c.* 0,0 ' || fail 'the deleted file is no whiteout'
equal "$(lz4 -dc PACKAGE/CP.SERVLINK | tar -xOf - CP/program)" changed 'content'
