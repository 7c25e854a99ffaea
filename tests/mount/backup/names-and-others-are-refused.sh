#!/usr/bin/env bash
# A backup has a name like a level, is made by root, once, and holds nothing; each refusal leaves a
# line that says what to do, and no backup.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
cd "$M/.csmfs/backups"
as_nobody()
{
	setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all "$@"
}

mkdir Monday
refused EEXIST mkdir Monday
refused EEXIST mkdir MONDAY
expect_log 'backup .csmfs/backups/MONDAY refused BACKUP_EXISTS: .*rmdir .csmfs/backups/NAME'
for name in .hidden -x 'a b' ünï "$(printf 'x%.0s' {1..65})"; do
	refused EINVAL mkdir -- "$name"
done
expect_log 'backup .csmfs/backups/.hidden refused NAME_BAD'
refused ENOENT rmdir TUESDAY
refused EPERM mkdir Monday/below
expect_log 'mkdir .csmfs/backups/Monday/below refused FIXED_ENTRY'
refused EPERM touch file
refused EPERM mv -T Monday Friday
refused EPERM rmdir ../backups
refused EACCES as_nobody mkdir theirs
refused EACCES as_nobody rmdir Monday
equal "$(as_nobody ls)" Monday 'what others see'
equal "$(ls -A "$STORE/backups")" Monday 'what is there'
as_nobody ls "$STORE/backups" 2> /dev/null && fail 'others read the store'
rmdir Monday
expect_log 'uid=0 dropbackup .csmfs/backups/Monday ok'
equal "$(ls -A . "$STORE/backups" | xargs)" ".: $STORE/backups:" 'after rmdir'
equal "$(grep -c ' backup .* ok$' ../log)" 1 'lines of what was done'
