#!/usr/bin/env bash
# fsck refuses a store that is in use, and says what is no store, with exit code 8; 16 is usage.
. "${0%/*}/../../support/mount.sh"

new_store
mount_store
expect()
{
	local wanted=$1 status=0

	shift
	"$@" >"$T/said" 2>&1 || status=$?
	[ "$status" -eq "$wanted" ] || fail "$*: exit code $status instead of $wanted: $(cat "$T/said")"
}

expect 8 fsck.csmfs "$STORE"
grep -q 'another process has the store open' "$T/said" || fail "said: $(cat "$T/said")"
expect 8 fsck.csmfs "$T/nowhere"
expect 16 fsck.csmfs
expect 16 fsck.csmfs -n -y "$STORE"
expect 16 fsck.csmfs --frobnicate "$STORE"
expect 0 fsck.csmfs --help
unmount_store
expect 0 fsck.csmfs "$STORE"
grep -q ': clean$' "$T/said" || fail "said: $(cat "$T/said")"
expect 0 fsck.csmfs --quick -p -v "$STORE"
