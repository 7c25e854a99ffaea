#!/usr/bin/env bash
# A change of mode, owner or xattr alone shows in DELTA, of a file as of a directory.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M/L"

chmod 700 BUILD/CP/program
chown 5 BUILD/CP/lib/one
setfattr -n user.note -v x BUILD/CP/lib/two
chmod 750 BUILD/CP/etc
equal "$(cd DELTA && find . -mindepth 1 | sort | xargs)" './CP ./CP/etc ./CP/lib ./CP/lib/one ./CP/lib/two ./CP/program' DELTA
equal "$(stat -c %a DELTA/CP/etc)" 750 'mode of the directory in DELTA'
equal "$(cat DELTA/CP/program)" 'CP program' 'content of a file with another mode'
