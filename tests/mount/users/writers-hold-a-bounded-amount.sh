#!/usr/bin/env bash
# An ordinary user with many files open and written keeps only a bounded amount in the daemon.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
mkdir -p "$M/L/BUILD/CP/own"
cd "$M/L/BUILD/CP/own"
chown 65534:65534 .
# 1500 files of one block each, held open: 190 MB, the bound is 64 MiB and what is just written
setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all /usr/bin/python3 - <<'END'
import os, resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (2048, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
block = b'x' * (128 * 1024)
held, most = [], 0
def dirty():
    for line in open('../../../../.csmfs/metrics'):
        if line.startswith('csmfs_dirty_bytes '):
            return int(line.split()[1])
    sys.exit('no csmfs_dirty_bytes')
for number in range(1500):
    held.append(os.open('f%d' % number, os.O_RDWR | os.O_CREAT, 0o644))
    os.write(held[-1], number.to_bytes(4, 'big') + block[4:])
    if number % 20 == 0:
        most = max(most, dirty())
most = max(most, dirty())
if most > (64 << 20) + 16 * len(block):
    sys.exit('%d bytes were held' % most)
if most == 0:
    sys.exit('nothing was ever held: this measures nothing')
for number, fd in enumerate(held):
    if os.pread(fd, 4, 0) != number.to_bytes(4, 'big'):
        sys.exit('f%d has other bytes' % number)
END
