#!/usr/bin/env bash
# mkdir PACKAGE returns with MANIFEST, MANIFEST.sig and one SERVLINK for each changed component.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M/L"

echo changed > BUILD/CP/program
mkdir BUILD/DEBIAN
echo new > BUILD/DEBIAN/new
mkdir PACKAGE
equal "$(ls PACKAGE | xargs)" 'CP.SERVLINK DEBIAN.SERVLINK MANIFEST MANIFEST.sig' 'names'
equal "$(ls | xargs)" 'APPLY BUILD DELTA PACKAGE' 'names in the level'
expect_log 'package L ok'
