#!/usr/bin/env bash
# An ordinary user changes no control attribute of BASE, of a level or of a system, neither by
# name nor through the control files, nor takes one away.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
cd "$M"
mkdir L systems/vm01
component L CP
setfattr -n user.csmfs.host -v vm01.example.com systems/vm01
as_nobody()
{
	setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all "$@"
}
before=$(cat SVCSTAT SYSSTAT)

for name in basedon description lock state esm; do
	for level in BASE L; do
		refused EACCES as_nobody setfattr -n "user.csmfs.$name" -v on "$level"
		refused EACCES as_nobody setfattr -x "user.csmfs.$name" "$level"
		refused EACCES as_nobody sh -c 'echo on > "$1"' sh "$level/.csmfs/$name"
		refused EACCES as_nobody truncate -s 0 "$level/.csmfs/$name"
	done
done
for name in host port commtype secure esm description; do
	refused EACCES as_nobody setfattr -n "user.csmfs.$name" -v 22 systems/vm01
	refused EACCES as_nobody setfattr -x "user.csmfs.$name" systems/vm01
done
for file in L/.csmfs/lock SVCSTAT .csmfs/log L systems systems/vm01 .; do
	if as_nobody chmod 777 "$file" 2> /dev/null; then fail "another user changed the mode of $file"; fi
	if as_nobody chown 65534 "$file" 2> /dev/null; then fail "another user took $file"; fi
	if as_nobody setfacl -m u:65534:rwx "$file" 2> /dev/null; then fail "another user gave himself $file"; fi
done
equal "$(cat SVCSTAT SYSSTAT)" "$before" 'the tables'
