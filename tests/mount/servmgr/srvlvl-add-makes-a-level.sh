#!/usr/bin/env bash
# srvlvl add makes a level with its parent, ESM setting and description; its name is folded to
# upper case (behaviours 5, 14, 15).
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
export CSMFS_MOUNT=$M
base_locked
servmgr srvlvl add 720 vm010102_BLD1 basedon BASE nonesm desc Initial RSU Install
echo one > "$M/VM010102_BLD1/BUILD/CP/new"
servmgr SRVLVL ADD 720 Vm010802_b2 BASEDON vm010102_bld1 ESM racf DESC 'August  "RSU"' '(0x41)'
equal "$(control "$M/VM010102_BLD1" description)" 'Initial RSU Install' description
equal "$(control "$M/VM010102_BLD1" esm)" NONESM esm
equal "$(control "$M/VM010802_B2" basedon)" VM010102_BLD1 basedon
equal "$(control "$M/VM010802_B2" esm)" RACF esm
equal "$(control "$M/VM010802_B2" description)" 'August  "RSU" (0x41)' description
equal "$(cat "$M/VM010802_B2/BUILD/CP/new")" one 'content of the parent'
