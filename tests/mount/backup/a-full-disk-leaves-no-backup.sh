#!/usr/bin/env bash
# On a full disk a backup is refused, nothing of it is left, and the store goes on as before.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

store_on_disk 80M
mkdir "$M/BASE/BUILD/CP"
cd "$M/BASE/BUILD/CP"
echo kept > kept
for ((count = 0; count < 200; count++)); do
	head -c 1000000 /dev/urandom > "file$count" 2> /dev/null && sync "file$count" 2> /dev/null || break
done
refused ENOSPC mkdir "$M/.csmfs/backups/FULL"
expect_log 'backup .csmfs/backups/FULL refused'
equal "$(ls -A "$M/.csmfs/backups")" '' 'what is shown'
equal "$(ls -A "$STORE/backups")" '' 'what is left'
equal "$(cat kept)" kept 'what was there before'

rm file*
within_a_minute 'no backup although there is room again' mkdir "$M/.csmfs/backups/LATER"
cd /
fsck.csmfs -n "$STORE/backups/LATER" > /dev/null
unmount_store
fsck.csmfs -n "$STORE" > /dev/null
