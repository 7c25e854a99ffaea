#!/usr/bin/env bash
# --dry-run prints what would be done and does not do it, whatever the verb.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
export CSMFS_MOUNT=$M
base_locked
mkdir "$M/L" "$M/systems/vm01"
servmgr system test 720 vm01 L
tables()
{
	cat "$M/SVCSTAT" "$M/SYSSTAT"
	(cd "$M" && find . | LC_ALL=C sort)
}

tables > "$T/before"
dry()
{
	servmgr --dry-run "$@" > "$T/said"
	[ -s "$T/said" ] || fail "nothing printed: $*"
}

dry srvlvl add 720 NEW basedon L nonesm desc text
dry srvlvl delete 720 L
dry srvlvl package 720 L
dry srvlvl setlock 720 L on
dry srvlvl setstate 720 L stable
dry srvlvl send 720 L vm01 '(stable'
dry system add 720 vm02 BASE nonesm hostname h
dry system modify 720 vm01 port 22
dry system test 720 vm01 BASE
dry system put2prod 720 vm01
dry system delete 720 vm01
tables > "$T/after"
diff "$T/before" "$T/after" || fail 'a dry run changed something'
