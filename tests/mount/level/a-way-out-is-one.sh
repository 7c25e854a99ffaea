#!/usr/bin/env bash
# Refusals of BASE and of a STABLE level do not say "unlock it first", which both refuse.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L" "$M/L/BUILD/CP/new" "$M/L/PACKAGE"
control "$M/L" state STABLE

for opened in first again; do
	refused EROFS touch "$M/BASE/BUILD/CP/$opened"
	expect_log "create BASE/BUILD/CP/$opened refused BASE_LOCKED: .* make a level"
	refused EROFS touch "$M/L/BUILD/CP/$opened"
	expect_log "create L/BUILD/CP/$opened refused STABLE_LOCKED: .* make a new level"
	remount
done
refused EBUSY rmdir "$M/L"
expect_log 'delete L refused STABLE_KEPT'
mkdir "$M/N"
refused EINVAL mkdir "$M/N/PACKAGE.from.N"
refused EINVAL mkdir "$M/N/PACKAGE.from.BASE"
refused EINVAL mkdir "$M/N/BUILD/a b"
expect_log 'package N refused PACKAGE_AGAINST: .*mkdir LEVEL/PACKAGE'
expect_log 'package N/PACKAGE.from.BASE refused PACKAGE_AGAINST'
expect_log 'mkdir N/BUILD/a b refused NAME_BAD'
! grep -q 'unlock it first' "$M/.csmfs/log" || fail 'a way out that is none'
