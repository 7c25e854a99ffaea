#!/usr/bin/env bash
# RENAME_NOREPLACE keeps what is there; RENAME_EXCHANGE swaps two names of any kind.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
mkdir "$M/L" "$M/L/BUILD/CP"
cd "$M/L/BUILD/CP"

echo one > one
mkdir two
echo inside > two/inside
refused EEXIST probe rename noreplace one two
probe rename noreplace one three
equal "$(ls | xargs)" 'three two' 'names'
probe rename exchange three two
equal "$(cat two)" one 'content of the file under its new name'
equal "$(cat three/inside)" inside 'content of the directory under its new name'
