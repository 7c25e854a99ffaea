#!/usr/bin/env bash
# mkdir in DELTA of a directory that BUILD inherited succeeds and shows it, changing nothing.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M/L"

mkdir DELTA/CP
mkdir DELTA/CP/lib
equal "$(ls DELTA/CP)" lib 'names in DELTA'
equal "$(ls DELTA/CP/lib)" '' 'names in the directory'
same_tree "$M/BASE/BUILD" BUILD
refused EEXIST mkdir DELTA/CP/lib
