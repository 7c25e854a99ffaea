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

same "$(package_state)" None
servmgr srvlvl package 720 l
same "$(package_state)" CURRENT
first=$(sha256sum < "$M/L/PACKAGE/MANIFEST")
same "$(servmgr srvlvl package 720 l)" 'the package of L is current'
echo two > "$M/L/BUILD/CP/new"
same "$(package_state)" STALE
servmgr srvlvl package 720 l
same "$(package_state)" CURRENT
[ "$(sha256sum < "$M/L/PACKAGE/MANIFEST")" != "$first" ] || fail 'the package was not built again'
