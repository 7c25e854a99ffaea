#!/usr/bin/env bash
# A Debian kernel mounts a release from nfs-ganesha by NFSv4.1 and 4.2 and works in it.
. "${0%/*}/../support/nfs.sh"
. "$ROOT/tests/support/vm.sh"

# What runs in the guest: each "ok" and "FAILED" line is a check.
guest_script()
{
	cat <<'GUEST'
passed() { echo "ok $*"; }
failed() { echo "FAILED $*"; }
judge() { if [ "$1" = "$2" ]; then passed "$3"; else failed "$3: got '$1', wanted '$2'"; fi; }
refused()
{
	local text=$1 what=$2 said

	shift 2
	if said=$("$@" 2>&1); then failed "$what: not refused"
	elif [[ $said == *"$text"* ]]; then passed "$what"
	else failed "$what: $said"; fi
}
sums() { (cd "$1" && find . -type f | LC_ALL=C sort | xargs -d '\n' sha256sum | sha256sum | cut -d ' ' -f 1); }
for version in 4.1 4.2; do
	mkdir -p /mnt/$version
	mount -i -t nfs4 -o addr=10.0.2.2,clientaddr=10.0.2.15,vers=$version,proto=tcp,hard,$OPTIONS \
		10.0.2.2:/csmfs/720 /mnt/$version && passed "mounted by NFSv$version" || failed "mounted by NFSv$version"
done
cd /mnt/4.2 || exit 1

judge "$(sums BASE/BUILD/CP)" "$SUM" 'a tree read has the sum it has on the server'
judge "$(sums /mnt/4.1/BASE/BUILD/CP)" "$SUM" 'by NFSv4.1 as well'

cp -a BASE/BUILD/CP/tree L/BUILD/CP/copy && passed 'a tree is copied' || failed 'a tree is copied'
judge "$(sums L/BUILD/CP/copy)" "$(sums BASE/BUILD/CP/tree)" 'the copy has the sum of the tree'
judge "$(sums L/DELTA/CP/copy)" "$(sums BASE/BUILD/CP/tree)" 'DELTA has the copy'
cd L/BUILD/CP
mv copy moved && [ ! -e copy ] && [ -e moved/text ] && passed 'a directory is renamed' || failed 'a directory is renamed'
ln moved/text second
judge "$(stat -c %h second) $(stat -c %i second)" "3 $(stat -c %i moved/text)" 'a hard link is the same file'
chown 12:34 second
chmod 6751 second
touch -d '2001-02-03 04:05:06.123456789' second
judge "$(stat -c '%a %u:%g %y' second)" '6751 12:34 2001-02-03 04:05:06.123456789 +0000' 'mode, owner and time are kept'
mkfifo fifo && mknod null c 1 3
judge "$(stat -c %F fifo), $(stat -c '%F %t:%T' null)" 'fifo, character special file 1:3' 'a fifo and a device are made'
truncate -s 10M holes && printf x | dd of=holes bs=1 seek=5000000 conv=notrunc status=none
judge "$(stat -c %s holes)" 10485760 'a file with holes has its size'
exec 5>unlinked
echo one >&5
rm unlinked
echo two >&5 && passed 'an open file that was removed is written' || failed 'an open file that was removed is written'
exec 5>&-
flock -n lock sh -c '! flock -n lock true' && passed 'a lock excludes another' || failed 'a lock excludes another'
echo secret >private
chmod 600 private
refused 'Permission denied' 'another user does not read what modes forbid' \
	setpriv --reuid 1000 --regid 1000 --clear-groups cat private
rm program
cd /mnt/4.2
judge "$(stat -c '%F %t:%T' L/DELTA/CP/program)" 'character special file 0:0' 'a removed file is a whiteout in DELTA'

mkdir M && echo 'made by a kernel' >M/.csmfs/description && passed 'a level is made' || failed 'a level is made'
judge "$(cat M/.csmfs/description)" 'made by a kernel' 'its description is read back'
rmdir M && passed 'a level is deleted' || failed 'a level is deleted'

echo on >L/.csmfs/lock
judge "$(cat L/.csmfs/lock)" on 'the control file locks'
# A client writes when it must: echo would not be told, dd waits for the answer.
refused 'Read-only file system' 'a locked level refuses writing' \
	bash -c 'echo x | dd of=L/BUILD/CP/second oflag=append conv=notrunc,fsync status=none'
refused 'Read-only file system' 'and cutting' bash -c ': >L/BUILD/CP/second'
refused 'Read-only file system' 'a locked level refuses mkdir' mkdir L/BUILD/CP/new
refused 'Read-only file system' 'a locked level refuses rm' rm L/BUILD/CP/second
refused 'Read-only file system' 'by DELTA as well' rm L/DELTA/CP/second
refused 'Operation not permitted' 'BASE is never unlocked' \
	bash -c 'echo off | dd of=BASE/.csmfs/lock conv=notrunc,fsync status=none'
judge "$(cat BASE/.csmfs/lock)" on 'and stays locked'
mkdir L/PACKAGE && [ -s L/PACKAGE/MANIFEST ] && passed 'a package is built' || failed 'a package is built'
echo STABLE >L/.csmfs/state
judge "$(cat L/.csmfs/state)" STABLE 'the level is declared stable'

judge "$(cat systems/vm01/production/BUILD/CP/release)" old 'production is BASE'
ln -s ../../L systems/vm01/test && mv -T systems/vm01/test systems/vm01/production
judge "$(readlink systems/vm01/production) $(cat systems/vm01/production/BUILD/CP/release)" '../../L new' 'put into production here'
judge "$(cat /mnt/4.1/systems/vm01/production/BUILD/CP/release)" new 'the other mount follows'
echo FLIP
until [ "$(cat N/BUILD/CP/flipped 2>/dev/null)" = yes ]; do sleep 0.2; done
judge "$(cat systems/vm01/production/BUILD/CP/release)" old 'a flip on the server is followed at the next look-up'

cat L/BUILD/CP/moved/text >/dev/null
exec 6<BASE/BUILD/CP/tree/text 7<N/BUILD/CP
inode=$(stat -c %i N/BUILD/CP/release)
echo RESTART
until [ "$(cat N/BUILD/CP/restarted 2>/dev/null)" = yes ]; do sleep 0.2; done
echo 3 >/proc/sys/vm/drop_caches
judge "$(cat <&6)" text 'a file open over the restart of csmfs is read'
judge "$(cat /proc/self/fd/7/release) $(stat -c %i N/BUILD/CP/release)" "new $inode" 'a directory open over the restart is the same'
echo written >N/BUILD/CP/after && passed 'writing goes on after the restart' || failed 'writing goes on after the restart'

mkdir N/BUILD/CP/held
cd N/BUILD/CP/held
echo GONE
until [ "$(cat /mnt/4.2/N/BUILD/CP/gone 2>/dev/null)" = yes ]; do sleep 0.2; done
refused 'Stale file handle' 'a directory deleted on the server is stale' stat .
cd /
exec 6<&- 7<&-
umount /mnt/4.1 /mnt/4.2 && passed 'unmounted' || failed 'unmounted'
GUEST
}

sums()
{
	(cd "$1" && find . -type f | sort | xargs -d '\n' sha256sum | sha256sum | cut -d ' ' -f 1)
}

# Waits until the guest has said WORD; the guest must not have ended.
guest_said()
{
	until grep -q "^$1" "$T/guest.out" 2>/dev/null; do
		kill -0 "$guest" 2>/dev/null || fail "the guest ended before it said $1"
		sleep 0.2
	done
}

# Until the guest has said WORD workers die below the server; the guest must not notice.
kill_workers_until()
{
	local count=0

	until grep -q "^$1" "$T/guest.out"; do
		kill -0 "$guest" || return 0
		sleep 0.2
		kill_worker
		count=$((count + 1))
	done
	echo "   ($count workers killed)"
}

packages nfs-ganesha nfs-ganesha-vfs qemu-system-x86 busybox-static kmod cpio iproute2
step 'making the guest'
make_guest
step 'starting the server'
serve_release
start_ganesha
component "$M/BASE" CP
mkdir "$M/BASE/BUILD/CP/tree"
sample "$M/BASE/BUILD/CP/tree"
setfacl -R -b "$M/BASE/BUILD/CP/tree"
echo old >"$M/BASE/BUILD/CP/release"
cp -a "$ROOT/store" "$M/BASE/BUILD/CP/store"
control "$M/BASE" lock on
mkdir "$M/L" "$M/N" "$M/systems/vm01"
echo new >"$M/L/BUILD/CP/release"
echo new >"$M/N/BUILD/CP/release"
ln -s ../../BASE "$M/systems/vm01/production"

step 'the guest works'
# actimeo=0: the client asks before each use, as it must where levels change behind its back.
script="SUM=$(sums "$M/BASE/BUILD/CP")
OPTIONS=actimeo=0
$(guest_script)"
: >"$T/guest.out"
run_guest "$script" >/dev/null &
guest=$!
kill_workers_until FLIP &
killer=$!
guest_said FLIP
wait "$killer"
mv -T "$M/systems/vm01/previous" "$M/systems/vm01/production"
echo yes >"$M/N/BUILD/CP/flipped"
guest_said RESTART
stop_ganesha
same_device
echo yes >"$M/N/BUILD/CP/restarted"
start_ganesha
guest_said GONE
rmdir "$M/N/BUILD/CP/held"
echo yes >"$M/N/BUILD/CP/gone"
result=0
wait "$guest" || result=$?
check 'the guest came to its end' equal "$result" 0 'its exit code'
while IFS= read -r line; do
	check "${line#* }" equal "${line%% *}" ok 'what the guest said'
done < <(grep -aE '^(ok|FAILED) ' "$T/guest.text")
[ "$result" -eq 0 ] || tail -n 20 "$T/guest.text"
check 'what the guest wrote is on the server' equal "$(cat "$M/N/BUILD/CP/after")" written after
stop_ganesha
finish
