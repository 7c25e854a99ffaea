#!/usr/bin/env bash
# A file capability is kept and goes when the file is written.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
mkdir "$M/L" "$M/L/BUILD/CP"
cd "$M/L/BUILD/CP"

require setcap
cp /bin/true program
setcap cap_net_raw+ep program
cd /
remount
cd "$M/L/BUILD/CP"
getcap program | grep -q cap_net_raw || fail 'the capability is lost'
echo >> program
equal "$(getcap program)" '' 'capability after a write'
