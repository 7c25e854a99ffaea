#!/usr/bin/env bash
# srvlvl package builds what is missing, replaces what is stale and leaves what is current.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
export CSMFS_MOUNT=$M
base_locked
mkdir "$M/L"
echo one > "$M/L/BUILD/CP/new"
package_state()
{
	servmgr --json srvlvl query 720 L | python3 -c 'import json, sys; print(json.load(sys.stdin)["levels"][0]["package"])'
}

equal "$(package_state)" None package
servmgr srvlvl package 720 l
equal "$(package_state)" CURRENT package
first=$(sha256sum < "$M/L/PACKAGE/MANIFEST")
equal "$(servmgr srvlvl package 720 l)" 'the package of L is current' 'what servmgr said'
echo two > "$M/L/BUILD/CP/new"
equal "$(package_state)" STALE package
servmgr srvlvl package 720 l
equal "$(package_state)" CURRENT package
[ "$(sha256sum < "$M/L/PACKAGE/MANIFEST")" != "$first" ] || fail 'the package was not built again'
