#!/usr/bin/env bash
# rsync and tar put files into DELTA over what BUILD inherited; BUILD has them at once.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M/L"

mkdir -p "$T/part/lib"
echo 'rsync one' > "$T/part/lib/one"
echo 'rsync new' > "$T/part/lib/new"
mkdir DELTA/CP
ls -lR BUILD > /dev/null
rsync -a "$T/part/" DELTA/CP/
equal "$(cat BUILD/CP/lib/one)" 'rsync one' 'a file over an inherited one'
equal "$(cat BUILD/CP/lib/new)" 'rsync new' 'a new file'
equal "$(cat BUILD/CP/lib/two)" 'CP part two' 'a file that was not touched'
echo 'tar one' > "$T/part/lib/one"
echo 'tar two' > "$T/part/lib/two"
tar -C "$T/part" -cf - lib | tar -C DELTA/CP -xf -
equal "$(cat BUILD/CP/lib/one BUILD/CP/lib/two | xargs)" 'tar one tar two' 'files from tar'
rsync -a "$T/part/" DELTA/CP/
equal "$(cd DELTA && find . -type f | sort | xargs)" './CP/lib/new ./CP/lib/one ./CP/lib/two' 'DELTA'
