#!/usr/bin/env bash
# servmgr scrub: start, stop, resume by one attribute; query and findings from two files; a refusal
# has its rule; a dry run prints the attribute.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"
. "$ROOT/tests/support/scrub.sh"

new_store
mount_store
export CSMFS_MOUNT=$M
base_locked
mkdir "$M/L"
marked_file "$M/L/BUILD/CP/part" of-the-level
equal "$(servmgr --dry-run scrub start rate 64k)" "setfattr -n user.csmfs.scrub -v 'start rate=64K' $M" 'dry run'
equal "$(scrub_tag SCRUB)" NEVER 'state after the dry run'
servmgr scrub start rate 64k
status=0
servmgr scrub start 2> "$T/said" || status=$?
equal "$status" 1 'exit code'
grep -q 'SCRUB_RUNNING: a scrub is running; let it end' "$T/said" || fail "said: $(cat "$T/said")"
servmgr scrub stop
servmgr scrub query --json | grep -q '"scrub": "STOPPED"' || fail "query: $(servmgr scrub query --json)"
servmgr scrub resume rate 0
scrub_ends
servmgr scrub query | grep -q FINISHED || fail "query: $(servmgr scrub query)"
servmgr scrub findings
remount
flip_marked of-the-level
servmgr scrub start rate 0
scrub_ends
servmgr scrub findings | grep -q '720/L CP/part' || fail "findings: $(servmgr scrub findings)"
servmgr scrub findings -v | grep -q '^:WAYOUT ' || fail "findings: $(servmgr scrub findings -v)"
