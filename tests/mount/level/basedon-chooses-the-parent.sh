#!/usr/bin/env bash
# basedon moves an empty level onto another: its content is then that level's.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
cd "$M"

mkdir L1 L2
echo one > L1/BUILD/CP/one
ls -R L2/BUILD > /dev/null
[ ! -e L2/BUILD/CP/one ] || fail 'the file is there before'
control L2 basedon L1
equal "$(control L2 basedon)" L1 basedon
equal "$(cat L2/BUILD/CP/one)" one content
same_tree L1/BUILD L2/BUILD
equal "$(ls L2/DELTA)" '' DELTA
control L2 basedon BASE
[ ! -e L2/BUILD/CP/one ] || fail 'the file is still there after going back to BASE'
