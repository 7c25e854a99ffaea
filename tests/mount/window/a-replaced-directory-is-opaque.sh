#!/usr/bin/env bash
# A directory removed and made anew is opaque in DELTA.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M/L"

rm -r BUILD/CP/lib
mkdir BUILD/CP/lib
echo new > BUILD/CP/lib/new
equal "$(getfattr --only-values -n trusted.overlay.opaque DELTA/CP/lib)" y 'the opaque attribute'
equal "$(ls DELTA/CP/lib)" new 'names in DELTA'
refused ENODATA getfattr -n trusted.overlay.opaque DELTA/CP
