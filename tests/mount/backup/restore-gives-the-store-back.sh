#!/usr/bin/env bash
# A backup copied to another place and mounted there is the store as it was: digests, inode
# numbers, packages, systems, log and key; whatever happened to the store since.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
component "$M/BASE" CP
sample "$M/BASE/BUILD/CP/sample"
control "$M/BASE" lock on
mkdir "$M/L" "$M/CHILD"
control "$M/L" description 'August RSU'
echo changed > "$M/L/BUILD/CP/program"
rm "$M/L/BUILD/CP/lib/one"
mkdir "$M/L/PACKAGE"
control "$M/L" state STABLE
control "$M/CHILD" basedon L
head -c 500000 /dev/urandom > "$M/CHILD/BUILD/CP/bytes"
mkdir "$M/systems/vm01"
ln -s ../../L "$M/systems/vm01/test"
mv -T "$M/systems/vm01/test" "$M/systems/vm01/production"

describe()
{
	(
		cd "$1"
		cat SVCSTAT SYSSTAT .csmfs/key.pub
		grep '^uuid' .csmfs/version
		for level in BASE L CHILD; do
			echo "$level $(digest "$level")"
		done
		find BASE L CHILD systems/vm01 -printf '%i %p %l %T@\n' | sort
		sha256sum L/PACKAGE/*
	)
}
describe "$M" > "$T/before"
cp "$M/.csmfs/log" "$T/log.before"
mkdir "$M/.csmfs/backups/GOOD"

rmdir "$M/CHILD"
mkdir "$M/OTHER"
echo other > "$M/OTHER/BUILD/CP/program"
unmount_store
mv "$STORE" "$T/lost"
cp -a "$T/lost/backups/GOOD" "$STORE"
rm -r "$T/lost"
fsck.csmfs -n "$STORE" > /dev/null
equal "$(stat -c %a "$STORE" "$STORE/key.pem" | xargs)" '700 600' 'modes'
mount_store
describe "$M" > "$T/after"
diff "$T/before" "$T/after" || fail 'the store is not what it was'
same_tree --times "$M/BASE/BUILD" "$M/BASE/DELTA"
diff "$T/log.before" "$M/.csmfs/log" || fail 'another log'
equal "$(ls "$M/.csmfs/backups")" '' 'backups in a backup'

# And it goes on from there.
mkdir "$M/AFTER"
echo more > "$M/AFTER/BUILD/CP/program"
unmount_store
fsck.csmfs -n "$STORE" > /dev/null
