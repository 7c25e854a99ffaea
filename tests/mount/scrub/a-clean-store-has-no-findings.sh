#!/usr/bin/env bash
# A scrub of a sound store reads all of it, beside its users, and finds nothing.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"
. "$ROOT/tests/support/scrub.sh"

new_store 720 730
mount_store -o release=720
base_locked
mkdir "$M/L" "$M/systems/vm01"
sample "$M/L/BUILD/CP/sample"
head -c 3000000 /dev/urandom > "$M/L/BUILD/CP/large"
rm "$M/L/BUILD/CP/lib/one"
ln "$M/L/BUILD/CP/large" "$M/L/BUILD/CP/also-large"
mkdir "$M/L/PACKAGE"
ln -sfn ../../L "$M/systems/vm01/test"
equal "$(cat "$M/.csmfs/scrub")" ':SCRUB.NEVER' 'before the first'
exec 5< "$M/L/BUILD/CP/lib/two"
rm "$M/L/BUILD/CP/lib/two" # open, without a name
scrubbed
no_findings
exec 5<&-
[ "$(scrub_tag CHUNKS)" -gt 30 ] || fail "only $(scrub_tag CHUNKS) chunks were looked at"
[ "$(scrub_tag BYTES)" -gt 3000000 ] || fail "only $(scrub_tag BYTES) bytes were read"
equal "$(scrub_tag POSITION)" all 'position'
equal "$(metric csmfs_scrub_findings)" 0 'metric of findings'
equal "$(metric csmfs_scrub_running)" 0 'metric of running'
equal "$(metric csmfs_scrub_chunks)" "$(scrub_tag CHUNKS)" 'metric of chunks'
expect_log 'uid=0 scrub .csmfs/scrub ok \(start rate=0\)$'
expect_log 'scrub .csmfs/scrub ok \(finished, 0 findings\)$'
unmount_store
fsck.csmfs -n "$STORE"
