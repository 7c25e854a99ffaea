#!/usr/bin/env bash
# DELTA lists changed, added and deleted names with the directories on the way, nothing else.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M/L"

echo more >> BUILD/CP/program
mkdir -p BUILD/CP/doc/html
echo page > BUILD/CP/doc/html/page
rm BUILD/TCPIP/lib/two
equal "$(cd DELTA && find . -mindepth 1 | sort | xargs)" \
	'./CP ./CP/doc ./CP/doc/html ./CP/doc/html/page ./CP/program ./TCPIP ./TCPIP/lib ./TCPIP/lib/two' DELTA
