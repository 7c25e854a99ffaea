#!/usr/bin/env bash
# The files under LEVEL/.csmfs say what the control attributes say.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M"

control L description 'August RSU'
for name in basedon description lock state digest esm; do
	equal "$(cat "L/.csmfs/$name")" "$(control L "$name")" "$name"
done
equal "$(ls L/.csmfs | sort | xargs)" 'basedon description digest esm lock state' 'names'
