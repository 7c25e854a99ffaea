#!/usr/bin/env bash
# Backups share files with the store, and files that did not change keep name and bytes: a second
# one takes little space, and rsync to another place copies only what is new.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"
require rsync

new_store
mount_store
mkdir "$M/BASE/BUILD/CP"
head -c 20000000 /dev/urandom > "$M/BASE/BUILD/CP/bytes"
kilobytes()
{
	du -sk "$STORE" | cut -f 1
}

mkdir "$M/.csmfs/backups/ONE"
first=$(kilobytes)
rsync -a "$STORE/backups/ONE/" "$T/elsewhere/"
echo more > "$M/BASE/BUILD/CP/small"
mkdir "$M/.csmfs/backups/TWO"
[ $(($(kilobytes) - first)) -lt 2000 ] || fail "the second backup takes $(($(kilobytes) - first)) KiB"
sent=$(rsync -a --delete --stats "$STORE/backups/TWO/" "$T/elsewhere/" |
	sed -n 's/^Total transferred file size: \([0-9,]*\) bytes/\1/p' | tr -d ,)
[ "$sent" -lt 2000000 ] || fail "rsync copied $sent bytes"
fsck.csmfs -n "$T/elsewhere" > /dev/null
mkdir "$T/copy"
try_mount "$T/elsewhere" "$T/copy" -o ro
same_tree --times "$M/BASE/BUILD" "$T/copy/BASE/BUILD"
umount "$T/copy"

# What is deleted in the store stays in the backup, and goes with it.
rm "$M/BASE/BUILD/CP/bytes"
fsck.csmfs -n "$STORE/backups/ONE" > /dev/null
rmdir "$M/.csmfs/backups/ONE" "$M/.csmfs/backups/TWO"
for ((tries = 0; $(kilobytes) > 10000; tries++)); do
	[ "$tries" -lt 60 ] || fail "the space does not come back: $(kilobytes) KiB"
	sleep 1
done
