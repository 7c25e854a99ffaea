#!/usr/bin/env bash
# The worker dies with its supervisor, and the store is free at once; a signal to the supervisor ends both in order,
# also while somebody is in the mount; a worker that is told to end is replaced.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
mkdir "$M/L" "$M/L/BUILD/CP"
for i in 1 2 3; do
	kill -9 "$DAEMON"
	wait "$DAEMON" || true
	mount_store
	[ -d "$M/L/BUILD/CP" ] || fail "after $i: the level is gone"
done
worker=$(worker_pid)
signal_worker TERM
echo text >"$M/L/BUILD/CP/file"
until next=$(worker_pid) && [ "$next" != "$worker" ]; do sleep 0.05; done
equal "$(cat "$M/L/BUILD/CP/file")" text 'content by the next worker'
for signal in TERM INT HUP; do
	exec 7<"$M/L/BUILD/CP/file"
	worker=$(worker_pid)
	kill "-$signal" "$DAEMON"
	wait "$DAEMON" || fail "SIG$signal ended it with $?"
	! mounted "$M" || fail "SIG$signal: it is still mounted"
	[ ! -e "/proc/$worker" ] || fail "SIG$signal: the worker is still there"
	exec 7<&-
	mount_store
	equal "$(cat "$M/L/BUILD/CP/file")" text "content after SIG$signal"
done
# who asks twice for the end loses nothing that was written
/usr/bin/python3 - "$M/L/BUILD/CP" "$DAEMON" <<'END'
import os, signal, sys
held = [os.open('%s/twice%d' % (sys.argv[1], i), os.O_WRONLY | os.O_CREAT, 0o644) for i in range(60)]
for fd in held:
    os.write(fd, b'x' * 120000)
for ending in signal.SIGTERM, signal.SIGINT, signal.SIGTERM:
    os.kill(int(sys.argv[2]), ending)
END
wait "$DAEMON" || fail "asked twice it ended with $?"
mount_store
equal "$(cat "$M"/L/BUILD/CP/twice* | wc -c)" $((60 * 120000)) 'bytes written before it was asked twice'
# a mount of somebody else that is in front of ours by now is left alone
exec 7<"$M/L/BUILD/CP/file"
umount -l "$M"
mount -t tmpfs none "$M"
kill -TERM "$DAEMON"
wait "$DAEMON" || fail "behind another mount it ended with $?"
DAEMON=
exec 7<&-
mounted "$M" || fail "the other's mount is gone"
umount "$M"
mount_store
unmount_store

try_mount "$STORE" "$M"
DAEMON=$(pid_of_store "$STORE")
kill_worker
equal "$(cat "$M/L/BUILD/CP/file")" text 'content in the background way'
umount "$M"
while [ -e "/proc/$DAEMON/exe" ]; do sleep 0.05; done
DAEMON=
fsck.csmfs -n "$STORE"
