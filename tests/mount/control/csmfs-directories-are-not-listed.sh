#!/usr/bin/env bash
# .csmfs is reached by name at the root and in a level, and is in no listing.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M"

equal "$(ls -A | sort | xargs)" 'BASE L SVCSTAT SYSSTAT systems' 'the root'
equal "$(ls -A L | sort | xargs)" 'APPLY BUILD DELTA' 'the level'
equal "$(find . -maxdepth 2 -name .csmfs)" '' 'what find sees'
equal "$(ls .csmfs | sort | xargs)" 'backups key.pub log metrics progress scrub scrub-findings version' 'names'
