#!/usr/bin/env bash
# APPLY holds the inventory: written like BUILD, inherited by levels made later, not part of BUILD.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M/L"

mkdir APPLY/CP
echo 'UM12345' > APPLY/CP/applied
mkdir "$M/L2"
control "$M/L2" basedon L
equal "$(cat "$M/L2/APPLY/CP/applied")" UM12345 'inherited inventory'
echo 'UM12346' >> "$M/L2/APPLY/CP/applied"
equal "$(cat APPLY/CP/applied)" UM12345 'inventory of the parent'
same_tree "$M/BASE/BUILD" BUILD
