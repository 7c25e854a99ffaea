#!/usr/bin/env bash
# Another user reads and writes what the modes allow and nothing else.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
mkdir "$M/L" "$M/L/BUILD/CP"
cd "$M/L/BUILD/CP"

echo secret > closed
echo public > open
chmod 600 closed
chmod 666 open
as_nobody() {
	setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}
refused EACCES as_nobody cat closed
equal "$(as_nobody cat open)" public 'an open file'
as_nobody sh -c 'echo more >> open'
refused EACCES as_nobody touch new
refused EPERM as_nobody chmod 777 open
