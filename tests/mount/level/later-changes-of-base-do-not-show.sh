#!/usr/bin/env bash
# BASE is written on after a level was made: the level keeps what BASE was.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
component "$M/BASE" CP
mkdir "$M/L"
echo later > "$M/BASE/BUILD/CP/later"
echo later > "$M/BASE/BUILD/CP/program"
rm -r "$M/BASE/BUILD/CP/lib"
equal "$(cat "$M/L/BUILD/CP/program")" 'CP program' content
equal "$(ls "$M/L/BUILD/CP" | xargs)" 'etc lib program' names
equal "$(ls "$M/L/DELTA")" '' DELTA
mkdir "$M/M"
equal "$(cat "$M/M/BUILD/CP/later")" later 'a level made afterwards'
