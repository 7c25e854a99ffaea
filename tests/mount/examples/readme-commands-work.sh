#!/usr/bin/env bash
# The commands of README.md "With trees of your own" do what they say, as they stand there.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/sandbox.sh"

awk '/^## / { here = /trees of your own/ } here && /^```/ { inside = !inside; next } here && inside' \
	"$ROOT/README.md" | grep -vx make >"$T/commands"
[ "$(wc -l <"$T/commands")" -ge 4 ] || fail "README.md has no commands any more"
mkdir -p "$T/opt/app" "$T/place" "$T/work"
echo old >"$T/opt/app/part"
ln -s "$BUILD" "$T/work/build"
echo new >"$T/work/new-part"
installed '
mount --bind "$T/opt" /opt
mount --bind "$T/place" /mnt
cd "$T/work"
. "$T/commands"
[ "$(cat /mnt/L1/BUILD/APP/part /mnt/L1/DELTA/APP/new-part)" = "old
new" ]
[ "$(ls /mnt/L1/DELTA/APP)" = new-part ]
[ "$(getfattr --only-values -n user.csmfs.lock /mnt/BASE)" = on ]
[ "$(ls /mnt/L1/PACKAGE | tr "\n" " ")" = "APP.SERVLINK MANIFEST MANIFEST.sig " ]
'
