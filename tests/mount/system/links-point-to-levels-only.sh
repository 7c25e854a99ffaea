#!/usr/bin/env bash
# A link to anything but an existing level as ../../LEVEL is refused.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
cd "$M"
# A level with one change, its package, and STABLE unless told otherwise.
stable_level()
{
	mkdir "$1"
	echo "$1" > "$1/BUILD/CP/program"
	mkdir "$1/PACKAGE"
	[ "${2:-}" = test ] || control "$1" state STABLE
}

mkdir systems/vm01 L
for target in ../../NOWHERE L /L ../../L/BUILD ../../systems ../L "$M/L"; do
	refused EINVAL ln -s "$target" systems/vm01/test
done
refused EPERM touch systems/vm01/file
refused EPERM mkdir systems/vm01/dir
refused EPERM rmdir systems/vm01/log
equal "$(ls systems/vm01)" log 'names'
