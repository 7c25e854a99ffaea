#!/usr/bin/env bash
# Open files, also without a name, locks, the working directory, device and inode numbers and file handles are the same
# whichever worker serves.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"
. "$ROOT/tests/support/outlive.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M/L/BUILD/CP"
handle=$(probe handle lib/one)
load keep "$M/L/BUILD/CP/kept"
until [ -s kept ]; do sleep 0.05; done
number=$(stat -c '%d %i' lib/one)
deaths 10
equal "$(stat -c '%d %i' lib/one)" "$number" 'device and inode'
equal "$(probe open-handle "$M" "$handle")" 'CP part one' 'the file of a handle'
end_loads
cd /
