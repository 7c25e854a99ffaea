#!/usr/bin/env bash
# A third walk over BUILD that reads every file asks the daemon nothing about any of them: what is counted is the
# same for 300 files as for none. (A directory is opened, and closed some time later.)
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
mkdir "$M/L" "$M/L/BUILD/CP" "$M/L/BUILD/TCPIP"
for number in $(seq 300); do
	echo "$number" > "$M/L/BUILD/CP/$number"
done
ln -s x "$M/L/BUILD/CP/link"
control "$M/L" lock on
walk() {
	find "$M/L/BUILD/$1" -printf '%p %s %m\n' > /dev/null
	tar -C "$M/L/BUILD/$1" -c . | cat > /dev/null
}
# cost COMPONENT: the messages of a warm walk
cost() {
	local start

	walk "$1"
	walk "$1" # asks for the times of what the first one read
	start=$(messages RELEASEDIR)
	walk "$1"
	echo $(($(messages RELEASEDIR) - start))
}
cost TCPIP > /dev/null
equal "$(cost CP)" "$(cost TCPIP)" 'messages for a warm walk over 300 files'
