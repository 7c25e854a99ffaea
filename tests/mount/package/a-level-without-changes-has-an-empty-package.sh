#!/usr/bin/env bash
# A level equal to BASE has a package of a MANIFEST and its signature.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M/L"

mkdir PACKAGE
equal "$(ls PACKAGE | xargs)" 'MANIFEST MANIFEST.sig' 'names'
