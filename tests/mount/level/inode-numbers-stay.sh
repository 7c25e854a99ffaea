#!/usr/bin/env bash
# The inode number of a file stays over remount, lock, unlock and rename, also of an inherited one.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
cd "$M"

mkdir L
echo x > L/BUILD/CP/own
numbers() {
	stat -c %i "$M/L/BUILD/CP/$1" "$M/L/BUILD/CP/lib/one" "$M/L/BUILD/CP/lib" "$M/L/BUILD" | xargs
}
before=$(numbers own)
control L lock on
equal "$(numbers own)" "$before" 'after the lock'
control L lock off
mv L/BUILD/CP/own L/BUILD/CP/renamed
equal "$(numbers renamed)" "$before" 'after unlock and rename'
echo changed > L/BUILD/CP/lib/one
equal "$(numbers renamed)" "$before" 'after a write into an inherited file'
cd /
remount
equal "$(numbers renamed)" "$before" 'after a remount'
kill_daemon
mount_store
equal "$(numbers renamed)" "$before" 'after kill -9'
