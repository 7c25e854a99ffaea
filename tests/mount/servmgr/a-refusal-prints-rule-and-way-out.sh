#!/usr/bin/env bash
# After a refusal servmgr prints the mount's own line: object, rule and way out; of this refusal,
# not of an older one.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
export CSMFS_MOUNT=$M
base_locked
mkdir "$M/L"
said=$(servmgr srvlvl setlock 720 base off 2>&1) && fail 'BASE was unlocked'
printf '%s\n' "$said" | grep -qE '^servmgr: unlock BASE refused BASE_PERMANENT: .*; make a level based on BASE' ||
	fail "said: $said"
said=$(servmgr srvlvl setstate 720 L stable 2>&1) && fail 'declared without a package'
printf '%s\n' "$said" | grep -qE 'stable L refused PACKAGE_MISSING: .*; build it: mkdir' || fail "said: $said"
equal "$(printf '%s\n' "$said" | wc -l)" 1 "lines said"

# What the kernel refuses by itself has no line in the log; the way out is told all the same.
said=$(servmgr srvlvl add 720 l 2>&1) && fail 'a level was made twice'
printf '%s\n' "$said" | grep -q 'mkdir .*File exists; choose another name' || fail "said: $said"
# An ordinary user has no way to where the tests mount.
said=$(unshare -m sh -c 'mount --bind "$1" /mnt && shift && exec "$@"' sh "$M" \
	setpriv --reuid=65534 --regid=65534 --clear-groups servmgr --mount /mnt srvlvl add 720 OTHER 2>&1) &&
	fail 'made by an ordinary user'
printf '%s\n' "$said" | grep -q 'Permission denied; only root' || fail "said: $said"
