#!/usr/bin/env bash
# In a directory of his own an ordinary user sets user attributes, and none that make a program
# more than he is, hide what is below, or go beyond what an inode may hold.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"
require setcap

new_store
mount_store
mkdir -p "$M/L/BUILD/CP/own"
cd "$M/L"
chown 65534:65534 BUILD/CP/own
as_nobody()
{
	setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all "$@"
}

as_nobody cp /bin/true BUILD/CP/own/program
as_nobody setfattr -n user.note -v mine BUILD/CP/own/program
refused EPERM as_nobody setcap cap_sys_admin+ep BUILD/CP/own/program
for name in trusted.note trusted.overlay.opaque; do
	refused EPERM as_nobody setfattr -n "$name" -v y DELTA/CP/own
done
refused EPERM as_nobody setfattr -n security.note -v y BUILD/CP/own/program
refused EPERM as_nobody mknod BUILD/CP/own/device b 7 0
refused EPERM as_nobody chown 0 BUILD/CP/own/program
equal "$(stat -c %u BUILD/CP/own/program)" 65534 owner

# an inode holds a bounded amount of them, and the set stays readable
value=$(head -c 40000 /dev/zero | tr '\0' x)
full=
for ((i = 0; i < 60; i++)); do
	if ! as_nobody setfattr -n "user.big$i" -v "$value" BUILD/CP/own/program 2> "$T/said"; then
		full=$i
		break
	fi
done
[ -n "$full" ] || fail '60 attributes of 40000 bytes were taken'
grep -q 'No space left on device' "$T/said" || fail "refused, but: $(cat "$T/said")"
equal "$(getfattr --absolute-names --only-values -n user.note BUILD/CP/own/program)" mine 'an attribute of before'
equal "$(getfattr --absolute-names --only-values -n user.big0 BUILD/CP/own/program | wc -c)" 40000 'a big attribute'
