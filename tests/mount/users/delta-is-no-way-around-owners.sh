#!/usr/bin/env bash
# Through DELTA an ordinary user takes nothing away that he could not take away in BUILD: a file
# of another in a directory with the sticky bit, a directory of another with all that is in it.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
mkdir -p "$M/BASE/BUILD/CP/tmp" "$M/BASE/BUILD/CP/own/sub"
cd "$M/BASE/BUILD/CP"
echo root > tmp/file
echo root > own/sub/file
echo root > own/file
echo mine > tmp/mine
chown 65534:65534 own tmp/mine
chmod 1777 tmp
control "$M/BASE" lock on
mkdir "$M/L"
cd "$M/L"
mkdir -p DELTA/CP/tmp DELTA/CP/own
chown 65534:65534 DELTA/CP/own
chmod 1777 DELTA/CP/tmp
as_nobody()
{
	setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all "$@"
}
equal "$(stat -c '%a %u' BUILD/CP/tmp BUILD/CP/own | tr '\n' ' ')" '1777 0 755 65534 ' 'modes to test with'

refused EPERM as_nobody rm -f BUILD/CP/tmp/file
refused EPERM as_nobody mknod DELTA/CP/tmp/file c 0 0
refused EPERM as_nobody ln -s /etc DELTA/CP/tmp/file
refused EPERM as_nobody mkdir DELTA/CP/tmp/file
if as_nobody sh -c 'echo x > DELTA/CP/tmp/file' 2> /dev/null; then fail 'a file of root was replaced'; fi
as_nobody sh -c 'echo new > DELTA/CP/tmp/new'
refused EPERM as_nobody mv -T DELTA/CP/tmp/new DELTA/CP/tmp/file
refused EPERM as_nobody ln DELTA/CP/tmp/new DELTA/CP/tmp/file
refused EPERM as_nobody mknod DELTA/CP/own/sub c 0 0
refused EPERM as_nobody mkdir DELTA/CP/own/sub
refused EPERM as_nobody setfattr -n user.overlay.opaque -v y DELTA/CP/own
equal "$(cat BUILD/CP/tmp/file BUILD/CP/own/sub/file BUILD/CP/own/file)" $'root\nroot\nroot' 'what root has'

# what BUILD allows, DELTA allows
as_nobody mknod DELTA/CP/tmp/mine c 0 0
as_nobody mknod DELTA/CP/own/file c 0 0
[ ! -e BUILD/CP/tmp/mine ] && [ ! -e BUILD/CP/own/file ] || fail 'a deletion that is allowed did nothing'
mknod DELTA/CP/tmp/file c 0 0
[ ! -e BUILD/CP/tmp/file ] || fail 'root deletes what he likes'
