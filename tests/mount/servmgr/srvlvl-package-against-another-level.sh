#!/usr/bin/env bash
# srvlvl package against OTHER makes PACKAGE.from.OTHER, beside the one against BASE.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
export CSMFS_MOUNT=$M
base_locked
servmgr srvlvl add 720 one
echo one > "$M/ONE/BUILD/CP/one"
servmgr srvlvl add 720 two basedon one
echo two > "$M/TWO/BUILD/TCPIP/two"
servmgr srvlvl package 720 two against ONE
servmgr srvlvl package 720 two against base
ls "$M/TWO/PACKAGE.from.ONE" >"$T/listed"
grep -qx TCPIP.SERVLINK "$T/listed" || fail 'no SERVLINK of the changed component'
if grep -q CP.SERVLINK "$T/listed"; then
	fail 'a SERVLINK of a component that is the same in both'
fi
[ -e "$M/TWO/PACKAGE/CP.SERVLINK" ] || fail 'no package against BASE'
servmgr srvlvl package 720 two against one
[ -e "$M/TWO/PACKAGE.from.ONE/MANIFEST" ] || fail 'not there after building it again'
