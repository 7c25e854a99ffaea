#!/usr/bin/env bash
# At the top of DELTA, BUILD and APPLY only directories are made; the log says why.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M/L"

for window in DELTA BUILD APPLY; do
	refused EPERM sh -c "echo x > $window/file"
	refused EPERM ln -s CP "$window/link"
	refused EPERM mkfifo "$window/fifo"
	refused EPERM ln BUILD/CP/program "$window/program"
	expect_log "refused COMPONENTS_ONLY.*components only.*mkdir"
	mkdir "$window/NEW"
	rmdir "$window/NEW"
done
refused EPERM mv BUILD/CP/program BUILD/program
equal "$(ls BUILD | xargs)" 'CP TCPIP' 'components'
