#!/usr/bin/env bash
# Each operation on levels and systems is on disk when it returned: the power goes at that moment, and
# nothing that no sync had covered is left. So does a file that fsync(2) acknowledged.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"
. "$ROOT/tests/support/crash_load.sh"
. "$ROOT/tests/support/power_disk.sh"

power_disk_begin
new_store
mount_store
load_begin
begin=$((number + 1))

level()
{
	operation "state[$1]=TEST lock[$1]=OFF package[$1]=none content[$1]=none" mkdir "$M/$1"
	echo "$1" >"$M/$1/BUILD/CP/part"
}

packaged()
{
	level "$1"
	text=$(control "$M/$1" digest)
	operation "package[$1]=CURRENT content[$1]=$text" mkdir "$M/$1/PACKAGE"
}

for name in ONE TWO; do
	packaged "$name"
	operation "state[$name]=STABLE lock[$name]=ON" control "$M/$name" state STABLE
	operation "link_test=$name" ln -sfn "../../$name" "$M/systems/vm01/test"
	operation "link_previous=\$link_production link_production=$name link_test=" \
		mv -T "$M/systems/vm01/test" "$M/systems/vm01/production"
done
operation roll_back mv -T "$M/systems/vm01/previous" "$M/systems/vm01/production"
operation "link_test=TWO" ln -sfn ../../TWO "$M/systems/vm01/test"
operation "link_test=" rm "$M/systems/vm01/test"
operation "link_previous=" rm "$M/systems/vm01/previous"
packaged THREE
operation "from[THREE]=ONE" mkdir "$M/THREE/PACKAGE.from.ONE"
operation "lock[THREE]=ON" control "$M/THREE" lock on
operation "lock[THREE]=OFF" control "$M/THREE" lock off
operation "unset 'from[THREE]'" rm -r "$M/THREE/PACKAGE.from.ONE"
operation "package[THREE]=none content[THREE]=none" rm -r "$M/THREE/PACKAGE"
operation "forget_level THREE" rmdir "$M/THREE"
operation "systems[vm02]=there" mkdir "$M/systems/vm02"
operation "unset 'systems[vm02]'" rmdir "$M/systems/vm02"
echo acknowledged >"$M/W/BUILD/CP/synced"
sync "$M/W/BUILD/CP/synced"
operation : true
control "$M/W" description 'on disk'
operation : true
control "$M/systems/vm01" host vm01.example.org
operation : true
kill_daemon
umount "$M"
power_disk_off

while read -r done place; do
	[ "$done" -ge "$begin" ] || continue
	what="operation $done"
	power_cut "$place" lose "$done" "$T/cut.log"
	power_mount "$what" "$T/cut.log"
	check_levels "$what" "$place"
	equal "$found" "$done" "the operation that is the last on disk"
	if [ "$done" -ge "$((number - 2))" ]; then
		equal "$(cat "$M/W/BUILD/CP/synced")" acknowledged "$what: the synced file"
	fi
	if [ "$done" -ge "$((number - 1))" ]; then
		equal "$(control "$M/W" description)" 'on disk' "$what: the description"
	fi
	if [ "$done" -ge "$number" ]; then
		equal "$(control "$M/systems/vm01" host)" vm01.example.org "$what: the host"
	fi
	power_unmount
done <"$T/done"
