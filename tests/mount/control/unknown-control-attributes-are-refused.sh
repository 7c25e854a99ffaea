#!/usr/bin/env bash
# user.csmfs.* is set where it is known, nowhere else, and digests are only read.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M"

if setfattr -n user.csmfs.colour -v red L 2> /dev/null; then fail 'an unknown attribute was set'; fi
if setfattr -n user.csmfs.lock -v on L/BUILD/CP/program 2> /dev/null; then fail 'a file was locked'; fi
if setfattr -n user.csmfs.note -v x L/BUILD/CP/program 2> /dev/null; then fail 'a file got a control attribute'; fi
refused EPERM setfattr -n user.csmfs.digest -v 0 L
refused ENODATA getfattr -n user.csmfs.lock L/BUILD/CP/program
refused ENODATA getfattr -n user.csmfs.colour L
