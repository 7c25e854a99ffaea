#!/usr/bin/env bash
# A package holds bytes of files and names of directories that are closed to others: so it is.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
cd "$M"
mkdir -p L/BUILD/CP/closed
echo secret > L/BUILD/CP/closed/hidden-name
chmod 600 L/BUILD/CP/closed/hidden-name
chmod 700 L/BUILD/CP/closed
mkdir L/PACKAGE
as_nobody()
{
	setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all "$@"
}

grep -q hidden-name L/PACKAGE/MANIFEST
as_nobody ls L/PACKAGE > /dev/null
refused EACCES as_nobody cat L/PACKAGE/CP.SERVLINK
refused EACCES as_nobody cat L/PACKAGE/MANIFEST
for window in BUILD DELTA; do
	refused EACCES as_nobody cat "L/$window/CP/closed/hidden-name"
	refused EACCES as_nobody ls "L/$window/CP/closed"
	refused EACCES as_nobody getfattr -n user.csmfs.digest "L/$window/CP/closed/hidden-name"
done
chmod 755 L/BUILD/CP/closed
refused EACCES as_nobody cat L/DELTA/CP/closed/hidden-name
if as_nobody getfattr -n user.csmfs.digest L/BUILD/CP/closed/hidden-name 2> /dev/null; then
	fail 'the digest of a closed file was read'
fi
