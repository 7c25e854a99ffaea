#!/usr/bin/env bash
# In a chain BASE, L1, L2 every file is that of the newest level that has it.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
cd "$M"

mkdir L1
echo L1 > L1/BUILD/CP/program
echo L1 > L1/BUILD/CP/lib/one
rm L1/BUILD/TCPIP/program
mkdir L2
control L2 basedon L1
echo L2 > L2/BUILD/CP/lib/one
echo L2 > L2/BUILD/TCPIP/program
equal "$(cat L2/BUILD/CP/program)" L1 'a file changed in L1'
equal "$(cat L2/BUILD/CP/lib/one)" L2 'a file changed in both'
equal "$(cat L2/BUILD/CP/lib/two)" 'CP part two' 'a file of BASE'
equal "$(cat L2/BUILD/TCPIP/program)" L2 'a file deleted in L1, made again in L2'
equal "$(cd L2/DELTA && find . -type f | sort | xargs)" './CP/lib/one ./TCPIP/program' 'DELTA of L2'
equal "$(cat L1/BUILD/CP/lib/one)" L1 'the file in L1'
[ ! -e L1/BUILD/TCPIP/program ] || fail 'a file of L2 shows in L1'
