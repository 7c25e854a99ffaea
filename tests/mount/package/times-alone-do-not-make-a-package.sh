#!/usr/bin/env bash
# A file that differs in times only is in no SERVLINK.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M/L"

touch -d '2001-01-01' BUILD/CP/program
mkdir PACKAGE
equal "$(ls PACKAGE | xargs)" 'MANIFEST MANIFEST.sig' 'names'
