#!/usr/bin/env bash
# user., trusted. and security. attributes are set, listed, replaced and removed; 64 KiB values fit.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
mkdir "$M/L" "$M/L/BUILD/CP"
cd "$M/L/BUILD/CP"

: > file
mkdir dir
setfattr -n user.one -v 1 file
setfattr -n trusted.two -v 2 file
setfattr -n security.three -v 3 file
setfattr -n user.empty file
setfattr -n user.dir -v d dir
big=$(head -c 30000 /dev/zero | tr '\0' b)
setfattr -n user.big -v "$big" file
setfattr -n user.one -v changed file
setfattr -x trusted.two file
cd /
remount
cd "$M/L/BUILD/CP"
equal "$(getfattr -m - file | grep -v -e '^#' -e '^$' | sort | xargs)" \
	'security.three user.big user.empty user.one' 'names'
equal "$(getfattr --only-values -n user.one file)" changed 'value'
equal "$(getfattr --only-values -n user.big file)" "$big" 'big value'
equal "$(getfattr --only-values -n user.dir dir)" d 'value at a directory'
refused ENODATA setfattr -x user.none file
