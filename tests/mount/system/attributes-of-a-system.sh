#!/usr/bin/env bash
# host, port, commtype, esm and description are set, kept and replaced; others are refused.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
cd "$M"
# A level with one change, its package, and STABLE unless told otherwise.
stable_level()
{
	mkdir "$1"
	echo "$1" > "$1/BUILD/CP/program"
	mkdir "$1/PACKAGE"
	[ "${2:-}" = test ] || control "$1" state STABLE
}

mkdir systems/vm01
control systems/vm01 host vm01.example.com
control systems/vm01 port 4535
control systems/vm01 commtype ssh
control systems/vm01 esm RACFVM
control systems/vm01 description 'first system'
control systems/vm01 host vm01.example.org
cd /
remount
cd "$M"
equal "$(control systems/vm01 host)" vm01.example.org host
equal "$(control systems/vm01 port)" 4535 port
equal "$(control systems/vm01 commtype)" ssh commtype
equal "$(control systems/vm01 esm)" RACFVM esm
equal "$(control systems/vm01 description)" 'first system' description
refused ENODATA getfattr -n user.csmfs.secure systems/vm01
if setfattr -n user.csmfs.colour -v red systems/vm01 2> /dev/null; then fail 'an unknown attribute was set'; fi
if setfattr -n user.csmfs.port -v none systems/vm01 2> /dev/null; then fail 'a port that is no number was set'; fi
equal "$(getfattr -d systems/vm01)" '' 'what getfattr -d lists'
