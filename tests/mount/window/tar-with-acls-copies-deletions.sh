#!/usr/bin/env bash
# tar --acls and cp -a copy a DELTA with deletions without a word.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L" "$M/TAR" "$M/CP"
cd "$M"

rm -r L/BUILD/CP/lib L/BUILD/CP/program
setfacl -m u:1234:r L/BUILD/CP/etc/profile
tar -C L/DELTA --xattrs --xattrs-include='*' --acls -cf "$T/delta.tar" .
equal "$(tar -C TAR/DELTA --xattrs --xattrs-include='*' --acls -xpf "$T/delta.tar" 2>&1)" '' 'words of tar'
equal "$(cp -a L/DELTA/. CP/DELTA/ 2>&1)" '' 'words of cp'
equal "$(digest TAR)" "$(digest L)" 'digest of the copy by tar'
equal "$(digest CP)" "$(digest L)" 'digest of the copy by cp'
