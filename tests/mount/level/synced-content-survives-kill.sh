#!/usr/bin/env bash
# What fsync acknowledged is whole after kill -9; syncfs(2) is not said to the daemon, which has stored what it was
# given three seconds later all the same.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
cd "$M"

mkdir L
head -c 3M /dev/urandom > "$T/bytes"
cp "$T/bytes" L/BUILD/CP/one
sync L/BUILD/CP/one
mkdir L/BUILD/CP/many
for number in $(seq 200); do
	echo "$number" > "L/BUILD/CP/many/$number"
done
mv L/BUILD/CP/lib L/BUILD/CP/library
rm L/BUILD/CP/program
sync -f L/BUILD/CP
sleep 3
cd /
kill_daemon
mount_store
cd "$M"
cmp "$T/bytes" L/BUILD/CP/one
equal "$(cat L/BUILD/CP/many/* | sort -n | md5sum)" "$(seq 200 | md5sum)" 'the files synced together'
equal "$(ls L/BUILD/CP | xargs)" 'etc library many one' 'names'
