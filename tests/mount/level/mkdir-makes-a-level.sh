#!/usr/bin/env bash
# mkdir makes a level based on BASE: TEST, unlocked, equal to BASE, with DELTA, BUILD and APPLY.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
cd "$M"

mkdir VM010802_BLD2
equal "$(ls VM010802_BLD2 | xargs)" 'APPLY BUILD DELTA' 'names'
equal "$(control VM010802_BLD2 basedon)" BASE basedon
equal "$(control VM010802_BLD2 state)" TEST state
equal "$(control VM010802_BLD2 lock)" off lock
equal "$(ls VM010802_BLD2/DELTA)" '' DELTA
same_tree --times BASE/BUILD VM010802_BLD2/BUILD
equal "$(digest VM010802_BLD2)" "$(digest BASE)" digest
equal "$(ls | sort | xargs)" 'BASE SVCSTAT SYSSTAT VM010802_BLD2 systems' 'the root'
