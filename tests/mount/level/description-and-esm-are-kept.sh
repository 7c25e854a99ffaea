#!/usr/bin/env bash
# Description and ESM setting are text that is kept, changed and taken away.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
cd "$M"

mkdir L
equal "$(control L esm)" NONESM 'ESM of a new level'
control L description 'August RSU: with ünïcode, "quotes" and blanks'
control L esm RACFVM
cd /
remount
equal "$(control "$M/L" description)" 'August RSU: with ünïcode, "quotes" and blanks' description
equal "$(control "$M/L" esm)" RACFVM ESM
setfattr -x user.csmfs.description "$M/L"
equal "$(getfattr --absolute-names --only-values -n user.csmfs.description "$M/L" 2> /dev/null || true)" '' 'description after -x'
