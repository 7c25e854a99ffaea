#!/usr/bin/env bash
# metrics is Prometheus text; what the kernel sends is counted by operation.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M"

made=$(metric 'csmfs_messages_total{op="MKDIR"}')
mkdir L/BUILD/CP/new
equal "$(metric 'csmfs_messages_total{op="MKDIR"}')" $((made + 1)) 'MKDIR'
for op in LOOKUP GETATTR OPEN READ; do
	[ "$(metric "csmfs_messages_total{op=\"$op\"}")" -ge 0 ] || fail "no $op"
done
equal "$(grep -vcE '^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z]+="[^"]+"\})? [0-9.e+]+)$' .csmfs/metrics)" 0 \
	'lines that are not Prometheus text'
grep -qx '# TYPE csmfs_messages_total counter' .csmfs/metrics || fail 'no type'
