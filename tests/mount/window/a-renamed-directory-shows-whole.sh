#!/usr/bin/env bash
# A renamed inherited directory is a whiteout at the old name and whole at the new one.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M/L"

mv BUILD/CP/lib BUILD/CP/library
whiteout DELTA/CP/lib
equal "$(cd DELTA && find CP/library | sort | xargs)" 'CP/library CP/library/one CP/library/two' 'the new name'
equal "$(cat DELTA/CP/library/two)" 'CP part two' 'content'
mv BUILD/CP/library BUILD/CP/lib
equal "$(digest .)" "$(digest "$M/BASE")" 'digest after renaming back'
equal "$(cd DELTA && find . ! -type d)" '' 'files in DELTA after renaming back'
