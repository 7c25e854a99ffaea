#!/usr/bin/env bash
# rename and link between DELTA and BUILD, or between levels, are EXDEV, so mv and cp copy.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M/L"

mkdir "$M/L2"
echo new > BUILD/CP/new
refused EXDEV probe rename noreplace BUILD/CP/new DELTA/CP/newer
refused EXDEV probe rename noreplace BUILD/CP/new "$M/L2/BUILD/CP/new"
refused EXDEV perl -e 'link("BUILD/CP/new", "'"$M/L2/BUILD/CP/new"'") or die "link: $!\n"'
mv BUILD/CP/new "$M/L2/BUILD/CP/new"
equal "$(cat "$M/L2/BUILD/CP/new")" new 'the moved file'
[ ! -e BUILD/CP/new ] || fail 'the file is still at its old place'
