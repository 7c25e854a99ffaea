#!/usr/bin/env bash
# A symbolic link keeps its target byte by byte, up to 4095 bytes, also one that leads nowhere.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
mkdir "$M/L" "$M/L/BUILD/CP"
cd "$M/L/BUILD/CP"

long=$(printf 'x%.0s' $(seq 4095))
ln -s ../somewhere/else link
ln -s "$long" long
ln -s '' empty 2> /dev/null && fail 'an empty target was accepted'
equal "$(readlink link)" ../somewhere/else 'target'
equal "$(readlink long)" "$long" 'long target'
equal "$(stat -c %s long)" 4095 'size'
chown -h 5:6 link
equal "$(stat -c %u:%g link)" 5:6 'owner of the link itself'
