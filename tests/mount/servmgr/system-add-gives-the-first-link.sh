#!/usr/bin/env bash
# A system is added at a locked level as one that runs it, at another as one that tests it.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
export CSMFS_MOUNT=$M
base_locked
mkdir "$M/L"
servmgr system add 720 vm01 l nonesm hostname vm01.washington.ibm.com commtype ftp '(port' 4535 'norequire)'
servmgr system add 720 vm02 base nonesm hostname vm02.example.com commtype SSH '(port 22 require'
cd "$M/systems"
equal "$(readlink vm01/test)" ../../L 'vm01/test'
[ ! -L vm01/production ] || fail 'production at a level that is not locked'
equal "$(readlink vm02/production)" ../../BASE 'vm02/production'
[ ! -L vm02/test ] || fail 'test at a level that is locked'
equal "$(control vm01 host)" vm01.washington.ibm.com host
equal "$(control vm01 port)" 4535 port
equal "$(control vm01 commtype)" ftp commtype
equal "$(control vm01 secure)" norequire secure
equal "$(control vm02 commtype)" ssh commtype
equal "$(control vm02 secure)" require secure
