#!/usr/bin/env bash
# SYSSTAT has a record for each system: key tag first, one :TAG.value a line.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M"

mkdir systems/vm01
control systems/vm01 host vm01.example.com
control systems/vm01 port 4535
control systems/vm01 commtype ssh
ln -sfn ../../L systems/vm01/test
equal "$(grep -vcE '^(:[A-Z]+\..*)?$' SYSSTAT)" 0 'lines of another form'
equal "$(head -n 1 SYSSTAT)" ':SYSTEM.vm01' 'the key tag'
for line in ':VRM.720' ':SRVLVL.L' ':HOST.vm01.example.com' ':PORT.4535' ':COMMTYPE.ssh'; do
	grep -qxF "$line" SYSSTAT || { cat SYSSTAT >&2; fail "no line $line"; }
done
