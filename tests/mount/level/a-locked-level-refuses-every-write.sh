#!/usr/bin/env bash
# While the lock is on every kind of write to DELTA, BUILD and APPLY is EROFS; reading goes on.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
cd "$M"

mkdir L
sample L/BUILD/CP/sample
mkdir L/APPLY/CP
echo x > L/APPLY/CP/applied
digest=$(digest L)
control L lock on
cd L/BUILD/CP
refused EROFS touch new
refused EROFS mkdir new
refused EROFS ln -s x new
refused EROFS ln program new
refused EROFS mkfifo new
refused EROFS mknod new c 1 3
refused EROFS dd if=/dev/zero of=program bs=1 count=1 conv=notrunc oflag=append status=none
refused EROFS sh -c 'echo x > program'
refused EROFS truncate -s 0 program
refused EROFS mv program other
refused EROFS rm -f program
refused EROFS rmdir sample/empty
refused EROFS chmod 600 program
refused EROFS chown 1 program
refused EROFS touch -d yesterday program
refused EROFS setfattr -n user.note -v x program
refused EROFS setfattr -x user.note sample/bytes
refused EROFS setfacl -m u:5:r program
refused EROFS fallocate -l 1M program
refused EROFS touch ../../DELTA/CP/new
refused EROFS rm -f ../../DELTA/CP/sample/text
refused EROFS rm -rf ../../DELTA/CP/sample/empty
refused EROFS mkdir ../../DELTA/TCPIP
refused EROFS mkdir ../NEW
refused EROFS dd if=/dev/zero of=../../APPLY/CP/applied bs=1 count=1 conv=notrunc oflag=append status=none
cd "$M"
expect_log 'L/BUILD.* refused LEVEL_LOCKED.*lock -v off'
equal "$(cat L/BUILD/CP/sample/text)" text 'reading'
equal "$(digest L)" "$digest" digest
