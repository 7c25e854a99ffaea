#!/usr/bin/env bash
# Writing the files under LEVEL/.csmfs does what setfattr does.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M"

mkdir L1
echo x > L1/BUILD/CP/new
echo L1 > L/.csmfs/basedon
equal "$(control L basedon)" L1 basedon
equal "$(cat L/BUILD/CP/new)" x content
echo 'August RSU' > L/.csmfs/description
equal "$(control L description)" 'August RSU' description
echo RACFVM > L/.csmfs/esm
equal "$(control L esm)" RACFVM esm
echo on > L/.csmfs/lock
equal "$(control L lock)" on lock
refused EROFS touch L/BUILD/CP/other
echo off > L/.csmfs/lock
touch L/BUILD/CP/other
mkdir L/PACKAGE
echo STABLE > L/.csmfs/state
equal "$(control L state) $(control L lock)" 'STABLE on' 'state and lock'
