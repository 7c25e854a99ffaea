#!/usr/bin/env bash
# A backup is a directory whose time is when it was made, also after a remount; it is mounted where
# it lies, next to the store, and is not dropped meanwhile.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
begin=$(date +%s)
mkdir "$M/.csmfs/backups/ONE"
end=$(date +%s)
mkdir "$M/L"
made=$(stat -c %Y "$M/.csmfs/backups/ONE")
[ "$made" -ge "$begin" ] && [ "$made" -le "$end" ] || fail "made at $made, not in $begin to $end"
number=$(stat -c '%i %Z' "$M/.csmfs/backups/ONE")
equal "$(ls "$M/.csmfs/backups/ONE")" '' 'what is in it'
remount
equal "$(stat -c %Y "$M/.csmfs/backups/ONE")" "$made" 'the time after a remount'
equal "$(stat -c '%i %Z' "$M/.csmfs/backups/ONE")" "$number" 'the number after a remount'

mkdir "$T/copy"
try_mount "$STORE/backups/ONE" "$T/copy" -o ro
equal "$(ls "$T/copy" | xargs)" 'BASE SVCSTAT SYSSTAT systems' 'the copy'
same_tree --times "$M/BASE/BUILD" "$T/copy/BASE/BUILD"
refused EROFS mkdir "$T/copy/M"
refused EBUSY rmdir "$M/.csmfs/backups/ONE"
expect_log 'dropbackup .csmfs/backups/ONE refused BACKUP_BUSY: .*end that process first'
umount "$T/copy"
for ((tries = 0; ; tries++)); do
	! rmdir "$M/.csmfs/backups/ONE" 2> /dev/null || break
	[ "$tries" -lt 100 ] || fail 'it is still busy'
	sleep 0.1
done
unmount_store
fsck.csmfs -n "$STORE" > /dev/null
