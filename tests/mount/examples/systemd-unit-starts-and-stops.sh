#!/usr/bin/env bash
# The commands of mount-examples/csmfs@.service start and stop a mount; the unit itself is well formed.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/sandbox.sh"

if command -v systemd-analyze >/dev/null; then
	cp "$ROOT/mount-examples/csmfs@.service" "$T/csmfs@720.service"
	sed -i "s,/usr/sbin/csmfs,$BUILD/csmfs," "$T/csmfs@720.service"
	said=$(systemd-analyze verify --man=no "$T/csmfs@720.service" 2>&1) || fail "systemd-analyze: $said"
	[ -z "$said" ] || fail "systemd-analyze: $said"
fi
installed '
mkdir /srv/csmfs
mkfs.csmfs --release 720 /srv/csmfs/store
STORE=/srv/csmfs/store
unit="$ROOT/mount-examples/csmfs@.service"
for step in ExecStartPre ExecStart; do
	command=$(sed -n "s/^$step=//p" "$unit" | sed "s/%i/720/g")
	eval "$command"
done
grep -qx "release 720" /srv/csmfs/720/.csmfs/version
eval "$(sed -n "s/^ExecStop=//p" "$unit" | sed "s/%i/720/g")"
[ ! -e /srv/csmfs/720/.csmfs/version ]
'
