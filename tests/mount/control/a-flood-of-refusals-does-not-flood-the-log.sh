#!/usr/bin/env bash
# A refused copy of many files does not fill the log with equal lines.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M"

control L lock on
before=$(wc -l < .csmfs/log)
for _ in $(seq 200); do
	touch L/BUILD/CP/new 2> /dev/null && fail 'not refused'
done
after=$(wc -l < .csmfs/log)
[ $((after - before)) -ge 1 ] || fail 'no line'
[ $((after - before)) -lt 100 ] || fail "$((after - before)) lines for one refusal"
