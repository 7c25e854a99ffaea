#!/usr/bin/env bash
# Everybody reads how far the scrub is; only root tells it something, by attribute or file.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"
. "$ROOT/tests/support/scrub.sh"
require setpriv

new_store
mount_store
cd "$M"
as_nobody()
{
	setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
}
refused EACCES as_nobody setfattr -n user.csmfs.scrub -v start .
refused EACCES as_nobody setfattr -x user.csmfs.scrub .
refused EACCES as_nobody sh -c 'echo start > .csmfs/scrub'
equal "$(as_nobody cat .csmfs/scrub)" ':SCRUB.NEVER' 'what others read'
equal "$(as_nobody getfattr --absolute-names --only-values -n user.csmfs.scrub .)" ':SCRUB.NEVER' \
	'the attribute that others read'
scrubbed
refused EACCES as_nobody cat .csmfs/scrub-findings # it may name closed files
