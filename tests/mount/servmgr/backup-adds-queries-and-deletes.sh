#!/usr/bin/env bash
# servmgr backup makes, lists and drops backups; a dry run prints mkdir and rmdir; refusals print
# the line of the log.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
export CSMFS_MOUNT=$M
servmgr --json backup query | python3 -c 'import json, sys; assert json.load(sys.stdin)["backups"] == []'
equal "$(servmgr -n backup add Monday)" "mkdir $M/.csmfs/backups/Monday" 'dry run'
equal "$(ls "$M/.csmfs/backups")" '' 'after a dry run'
servmgr backup add Monday
servmgr Backup ADD tuesday
fsck.csmfs -n "$STORE/backups/Monday" > /dev/null

status=0
servmgr backup add MONDAY 2> "$T/said" || status=$?
equal "$status" 1 'exit code'
grep -q 'backup .csmfs/backups/MONDAY refused BACKUP_EXISTS: .*choose another name' "$T/said" ||
	fail "said: $(cat "$T/said")"
status=0
servmgr backup delete Sunday 2> "$T/said" || status=$?
equal "$status" 1 'exit code'
grep -q 'there is no backup Sunday' "$T/said" || fail "said: $(cat "$T/said")"
status=0
servmgr backup add 2> "$T/said" || status=$?
equal "$status" 2 'exit code'

servmgr backup query > "$T/table"
grep -qE '^BACKUP +MADE' "$T/table" || fail "table: $(cat "$T/table")"
equal "$(tail -n +2 "$T/table" | awk '{ print $1 }' | xargs)" 'Monday tuesday' 'names'
made=$(date -u -d "@$(stat -c %Y "$M/.csmfs/backups/Monday")" +%Y-%m-%dT%H:%M:%SZ)
servmgr --json backup query monday > "$T/json"
python3 - "$T/json" "$made" <<'END'
import json, sys
(backup,) = json.load(open(sys.argv[1]))['backups']
assert backup == {'backup': 'Monday', 'made': sys.argv[2]}, backup
END
equal "$(servmgr -v backup query Monday | xargs)" ":BACKUP Monday :MADE $made" 'record'
equal "$(servmgr -n backup delete MONDAY)" "rmdir $M/.csmfs/backups/Monday" 'dry run'
servmgr backup delete MONDAY
equal "$(ls "$M/.csmfs/backups")" tuesday 'what is left'
