#!/usr/bin/env bash
# A description of several lines stays one line of SVCSTAT and of the log.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M"

control L description "$(printf 'text\n:SRVLVL.FORGED\nuid=0 forged')" 2> /dev/null || true
equal "$(grep -c '^:SRVLVL\.' SVCSTAT)" 2 'records'
equal "$(grep -cE '^uid=0 forged|^:SRVLVL' .csmfs/log)" 0 'forged lines of the log'
