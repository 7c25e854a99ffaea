#!/usr/bin/env bash
# Queries print a table, JSON that parses, or whole records; also when there is nothing to print
# and whatever a description holds.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
export CSMFS_MOUNT=$M
base_locked
servmgr --json system query | python3 -m json.tool >/dev/null || fail 'no JSON without systems'
mkdir "$M/L"
control "$M/L" description 'He said "\o/", ünïcode'
servmgr system add 720 vm01 BASE nonesm hostname h1 '(port 22'
servmgr system test 720 vm01 L

servmgr --json srvlvl query 720 > "$T/levels.json"
python3 - "$T/levels.json" <<'END'
import json, sys
levels = json.load(open(sys.argv[1], encoding='utf-8'))['levels']
assert [level['name'] for level in levels] == ['BASE', 'L'], levels
assert levels[1]['description'] == 'He said "\\o/", ünïcode', levels
assert levels[1]['basedon'] == 'BASE' and levels[1]['state'] == 'TEST', levels
assert levels[0]['lock'] == 'ON' and levels[1]['lock'] == 'OFF', levels
assert levels[0]['package'] is None, levels
END
servmgr --json system query > "$T/systems.json"
python3 - "$T/systems.json" <<'END'
import json, sys
(system,) = json.load(open(sys.argv[1]))['systems']
assert system['system'] == 'vm01' and system['host'] == 'h1' and system['port'] == '22', system
assert system['test'] == 'L' and system['production'] == 'BASE' and system['previous'] is None, system
assert system['status'] == 'TEST', system
END
servmgr srvlvl query > "$T/table"
grep -qE '^NAME +BASEDON +STATE +LOCK +ESM +PACKAGE +DESCRIPTION' "$T/table" || fail "table: $(cat "$T/table")"
grep -qE '^L +BASE +TEST +OFF +NONESM +He said' "$T/table" || fail "table: $(cat "$T/table")"
servmgr -v srvlvl query 720 l > "$T/record"
grep -qx ':SRVLVL L' "$T/record" || fail "record: $(cat "$T/record")"
if grep -q BASE_LEVEL "$T/record" || grep -qx ':SRVLVL BASE' "$T/record"; then
	fail 'more than the level that was asked for'
fi
