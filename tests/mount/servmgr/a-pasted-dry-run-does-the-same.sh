#!/usr/bin/env bash
# Two stores: one is worked on by servmgr, the other by sh reading servmgr --dry-run. In the end
# tables and trees are the same.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
export other=$T/other
mkdir "$other"
mkfs.csmfs "$T/store2" >/dev/null
try_mount "$T/store2" "$other"
later umount "$other"
both()
{
	servmgr --mount "$M" "$@"
	servmgr --mount "$other" --dry-run "$@" > "$T/script"
	sh "$T/script" || fail "the pasted script failed: $(cat "$T/script")"
}
# Packages tell times, so the same file in both stores has the same time.
write()
{
	local top

	for top in "$M" "$other"; do
		echo "$2" > "$top/$1"
		touch -d '2026-11-24 12:00:00' "$top/$1" "$top/${1%/*}"
	done
}

for top in "$M" "$other"; do
	mkdir "$top/BASE/BUILD/CP"
done
write BASE/BUILD/CP/program base
both srvlvl setlock 720 base on
both srvlvl add 720 one nonesm desc "it's \$HOME, \"quoted\" and 0x41"
write ONE/BUILD/CP/new one
both srvlvl add 720 two basedon one desc 0x41
write TWO/BUILD/CP/new two
both srvlvl package 720 one
write ONE/BUILD/CP/later more
both srvlvl package 720 one
both srvlvl package 720 two against one
both system add 720 vm01 base nonesm hostname h1 commtype ssh '(port 22 require)' desc the first
both system add 720 vm02 two nonesm hostname h2
both system test 720 vm01 one
both srvlvl send 720 one vm01 '(stable'
both system put2prod 720 vm01
both system rollback 720 vm01
both system modify 720 vm02 hostname h3
both system test 720 vm02 one
both srvlvl add 720 gone
both srvlvl delete 720 gone
both system add 720 vm03 base nonesm hostname h4
both system delete 720 vm03

for table in SVCSTAT SYSSTAT; do
	for top in "$M" "$other"; do
		sed -E '/^:(CREATED|PACKAGED|SENT)\./s/\..*//; s/^(:STATUS\.[A-Z]*)\..*/\1/' "$top/$table"
	done > "$T/tables"
	lines=$(wc -l < "$T/tables")
	diff <(head -n "$((lines / 2))" "$T/tables") <(tail -n "$((lines / 2))" "$T/tables") || fail "$table differs"
done
for level in BASE ONE TWO; do
	same_tree "$M/$level/BUILD" "$other/$level/BUILD"
	same_tree "$M/$level/DELTA" "$other/$level/DELTA"
done
cd "$M"
find . -name MANIFEST > "$T/manifests"
equal "$(wc -l < "$T/manifests")" 2 packages
while read -r manifest; do
	cmp "$manifest" "$other/$manifest"
done < "$T/manifests"
equal "$(find . -type l -printf '%P %l\n' | sort)" "$(cd "$other" && find . -type l -printf '%P %l\n' | sort)" links
