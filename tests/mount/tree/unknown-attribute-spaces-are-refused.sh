#!/usr/bin/env bash
# Only user., trusted. and security. attributes and POSIX ACLs are taken; anything else is not supported.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
mkdir "$M/L" "$M/L/BUILD/CP"
cd "$M/L/BUILD/CP"

: > file
for name in nonsense.name noname btrfs.compression system.nothing; do
	refused EOPNOTSUPP setfattr -n "$name" -v 1 file
done
refused EINVAL setfattr -n user. -v 1 file
equal "$(getfattr -m - file)" '' 'attributes'
