#!/usr/bin/env bash
# SVCSTAT has a record for each level: key tag first, one :TAG.value a line.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M"

control L description 'August RSU'
echo x > L/BUILD/CP/new
mkdir L/PACKAGE
equal "$(grep -vcE '^(:[A-Z]+\..*)?$' SVCSTAT)" 0 'lines of another form'
awk -v RS= 'index($0 "\n", ":SRVLVL.L\n") == 1' SVCSTAT > "$T/record"
for line in ':SRVLVL.L' ':VRM.720' ':BASEDON.BASE' ':DESC.August RSU' ':ESM.NONESM' ':STATE.TEST' ':LOCK.OFF'; do
	grep -qxF "$line" "$T/record" || { cat "$T/record" >&2; fail "no line $line"; }
done
grep -qE '^:CREATED\.[0-9]' "$T/record" || fail 'no :CREATED'
grep -qE '^:PACKAGED\.[0-9]' "$T/record" || fail 'no :PACKAGED'
grep -qxF ":PKGID.$(sha256sum < L/PACKAGE/MANIFEST | cut -d ' ' -f 1)" "$T/record" || fail 'the :PKGID is not the SHA-256 of MANIFEST'
awk -v RS= 'index($0 "\n", ":SRVLVL.BASE\n") == 1' SVCSTAT | grep -qx ':LOCK.ON' || fail 'no locked BASE'
refused EPERM bash -c 'echo x > SVCSTAT'
