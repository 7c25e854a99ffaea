#!/usr/bin/env bash
# What another was refused in a closed directory an ordinary user does not read in the log; what he
# was refused himself, with the way out, and what was done with levels, he does.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
cd "$M"
mkdir -p L/BUILD/CP/closed L/BUILD/CP/own
echo secret > L/BUILD/CP/closed/hidden-name
chmod 700 L/BUILD/CP/closed
chown 65534:65534 L/BUILD/CP/own
control L lock on
as_nobody()
{
	setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all "$@"
}

refused EROFS rm L/BUILD/CP/closed/hidden-name
refused EROFS touch 'L/BUILD/CP/closed/hidden-too uid=65534 x ok'
refused EROFS as_nobody touch L/BUILD/CP/own/mine
expect_log 'uid=0 unlink .*hidden-name refused'
expect_log 'uid=0 create .*hidden-too'
as_nobody cat .csmfs/log > "$T/log"
if grep hidden- "$T/log"; then fail 'a name in a closed directory is read in the log'; fi
grep -q 'uid=65534 create .*own/mine refused LEVEL_LOCKED: .* unlock it' "$T/log" || fail 'his own refusal is not there'
grep -q 'uid=0 lock L ok' "$T/log" || fail 'what was done is not there'
