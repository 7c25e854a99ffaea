#!/usr/bin/env bash
# PACKAGE.from.OTHER has what differs from that level; it stands beside PACKAGE.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M/L"

mkdir "$M/OLD"
echo old > "$M/OLD/BUILD/CP/program"
echo same > "$M/OLD/BUILD/CP/same"
echo same > BUILD/CP/same
touch -r "$M/OLD/BUILD/CP/same" BUILD/CP/same
echo new > BUILD/TCPIP/program
mkdir PACKAGE
mkdir PACKAGE.from.OLD
equal "$(ls | xargs)" 'APPLY BUILD DELTA PACKAGE PACKAGE.from.OLD' 'names in the level'
equal "$(ls PACKAGE.from.OLD | xargs)" 'CP.SERVLINK MANIFEST MANIFEST.sig TCPIP.SERVLINK' 'names'
equal "$(lz4 -dc PACKAGE.from.OLD/CP.SERVLINK | tar -tf - | grep -v '/$' | xargs)" CP/program 'files of CP'
equal "$(lz4 -dc PACKAGE.from.OLD/CP.SERVLINK | tar -xOf - CP/program)" 'CP program' 'the file as this level has it'
equal "$(lz4 -dc PACKAGE/CP.SERVLINK | tar -tf - | grep -v '/$' | xargs)" CP/same 'files of CP against BASE'
if mkdir PACKAGE.from.NOWHERE 2> /dev/null; then fail 'a package against no level was built'; fi
rm -r PACKAGE.from.OLD
equal "$(ls | xargs)" 'APPLY BUILD DELTA PACKAGE' 'names at the end'
