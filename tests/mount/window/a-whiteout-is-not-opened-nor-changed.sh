#!/usr/bin/env bash
# A whiteout is only there to be seen and removed.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M/L"

rm BUILD/CP/program
if cat DELTA/CP/program 2> /dev/null; then fail 'a whiteout was opened'; fi
if chmod 600 DELTA/CP/program 2> /dev/null; then fail 'the mode of a whiteout was changed'; fi
echo back > DELTA/CP/program 2> /dev/null && fail 'a whiteout was written through'
rm DELTA/CP/program
equal "$(cat BUILD/CP/program)" 'CP program' 'content of the file that is back'
