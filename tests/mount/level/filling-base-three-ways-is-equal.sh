#!/usr/bin/env bash
# cp -a, rsync -aHAX and tar -x of one tree give equal trees and equal digests.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
cd "$M"

sample "$T/sample"
mkdir A B C A/BUILD/X B/BUILD/X C/BUILD/X
cp -a "$T/sample" A/BUILD/X/
rsync -aHAX "$T/sample" B/BUILD/X/
tar -C "$T" --xattrs --xattrs-include='*' --acls -cf - sample |
	tar -C C/BUILD/X --xattrs --xattrs-include='*' --acls -xpf -
same_tree --times "$T/sample" A/BUILD/X/sample
same_tree --times "$T/sample" B/BUILD/X/sample
same_tree "$T/sample" C/BUILD/X/sample
equal "$(digest A/BUILD/X)" "$(digest B/BUILD/X)" 'cp and rsync'
equal "$(digest A/BUILD/X)" "$(digest C/BUILD/X)" 'cp and tar'
rsync -aHAX --delete --itemize-changes "$T/sample/" A/BUILD/X/sample/ > "$T/changes"
equal "$(cat "$T/changes")" '' 'what a second rsync still copies'
