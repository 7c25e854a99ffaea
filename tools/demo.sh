#!/usr/bin/env bash
# The whole story of csmfs on a tree of this machine, as a person would type it: a base, two
# service levels, packages, a managed system, production, and the way back. Every command is
# printed as it is run, and the demo ends with an error when something is not as told.
#
# Everything happens in a temporary directory, which is unmounted and removed at the end.

set -euo pipefail
export LC_ALL=C TZ=UTC
umask 022

root=$(cd "$(dirname "$0")/.." && pwd)
programs=${BUILD:-$root/build}
case $programs in /*) ;; *) programs=$root/$programs ;; esac
export PATH=$programs:$PATH:/usr/sbin:/sbin
files_max=1500 # of /usr/share/doc, so that the demo takes seconds anywhere

if [ -t 1 ]; then
	bold=$(printf '\033[1m') blue=$(printf '\033[34m') red=$(printf '\033[31m') plain=$(printf '\033[0m')
else
	bold='' blue='' red='' plain=''
fi

checks=0
work=

at_end()
{
	local status=$?

	trap - EXIT
	cd /
	if [ -n "$work" ]; then
		if mountpoint -q "$work/csm"; then
			umount "$work/csm" || umount -l "$work/csm"
		fi
		# the daemon lets go of the lock when it has closed the store
		[ ! -e "$work/store/lock" ] || flock -w 10 "$work/store/lock" true || true
		rm -rf --one-file-system "$work"
	fi
	[ "$status" -eq 0 ] || [ -z "$work" ] || echo "${red}the demo failed${plain}" >&2
	exit "$status"
}
trap at_end EXIT
trap 'exit 143' TERM INT HUP

fail()
{
	echo "${red}NOT AS TOLD: $*${plain}" >&2
	exit 1
}

chapter()
{
	printf '\n%s== %s ==%s\n' "$bold" "$1" "$plain"
}

say()
{
	printf '%s# %s%s\n' "$blue" "$1" "$plain"
}

# Prints a command and runs it; the demo ends when it fails.
run()
{
	printf '%s$ %s%s\n' "$bold" "$1" "$plain"
	eval "$1" || fail "'$1' ended with $?"
}

# The same for one that must be refused; shows what the log says about it.
run_refused()
{
	local status=0

	printf '%s$ %s%s\n' "$bold" "$1" "$plain"
	sh -c "$1" 2>&1 || status=$?
	[ "$status" -ne 0 ] || fail "'$1' was not refused"
	printf '%s$ tail -n 1 csm/.csmfs/log%s\n' "$bold" "$plain"
	tail -n 1 csm/.csmfs/log
	tail -n 1 csm/.csmfs/log | grep -q refused || fail "the refusal of '$1' is not in the log"
}

# check 'what must be so' COMMAND...
check()
{
	local what=$1

	shift
	"$@" > "$work/check" 2>&1 || {
		cat "$work/check" >&2
		fail "$what"
	}
	checks=$((checks + 1))
}

equal()
{
	[ "$1" = "$2" ] || {
		echo "'$1' is not '$2'"
		return 1
	}
}

digest()
{
	getfattr --only-values -n user.csmfs.digest "$1"
}

missing()
{
	[ ! -e "$1" ]
}

# The product as it comes from its makers: CP is generated, DOC is part of this machine's documents.
make_product()
{
	local number

	mkdir -p product/CP/nucleus product/CP/macros product/DOC
	for number in 01 02 03 04 05 06 07 08; do
		printf 'HCP%s, release 720, no service\n' "$number" > "product/CP/nucleus/HCP$number"
	done
	printf '#!/bin/sh\necho CP 720, no service\n' > product/CP/cpload
	chmod 755 product/CP/cpload
	ln product/CP/nucleus/HCP01 product/CP/nucleus/HCPMAIN
	ln -s nucleus/HCP01 product/CP/entry
	echo 'PROFILE' > product/CP/macros/PROFILE
	setfattr -n user.component -v HCP product/CP/cpload
	(cd /usr/share/doc && find . -type f | sort | sed -n "1,${files_max}p") > documents
	rsync -a --files-from=documents /usr/share/doc/ product/DOC/
}

[ "$(id -u)" -eq 0 ] || { echo "the demo mounts a file system: run it as root" >&2; exit 1; }
[ -c /dev/fuse ] || { echo "the demo needs /dev/fuse: modprobe fuse" >&2; exit 1; }
work=$(mktemp -d "${TMPDIR:-/tmp}/csmfs-demo.XXXXXX")
cd "$work"
make_product
mkdir csm

chapter 'A store and a mount'
run 'mkfs.csmfs --release 720 store'
run 'csmfs store csm'
run 'ls csm'
run 'cat csm/.csmfs/version'
check 'the mount shows release 720' grep -qx 'release 720' csm/.csmfs/version

chapter 'BASE: the installed base of the release'
say "the product has $(find product -type f | wc -l) files, $(du -sh product | cut -f 1)"
run 'cp -a product/. csm/BASE/BUILD/'
run 'ls csm/BASE/BUILD'
check 'BASE is what was copied' diff -r --no-dereference product csm/BASE/BUILD
check 'owners, times, links and xattrs came along' \
	equal "$(rsync -aHAXn --delete --itemize-changes product/ csm/BASE/BUILD/ | grep -v '/$' || true)" ''
say 'once locked, BASE is never written again'
run 'setfattr -n user.csmfs.lock -v on csm/BASE'
run_refused 'echo x > csm/BASE/BUILD/CP/cpload'

chapter 'A service level'
run 'mkdir csm/VM010102_BLD1'
run 'setfattr -n user.csmfs.description -v "January RSU" csm/VM010102_BLD1'
run 'ls csm/VM010102_BLD1'
check 'a new level is equal to BASE' equal "$(digest csm/VM010102_BLD1)" "$(digest csm/BASE)"
say 'BUILD is the whole tree and is written as any tree'
run 'echo "HCP02 with UM12345" > csm/VM010102_BLD1/BUILD/CP/nucleus/HCP02'
run 'sed -i "s/no service/RSU 0101/" csm/VM010102_BLD1/BUILD/CP/cpload'
run 'csm/VM010102_BLD1/BUILD/CP/cpload'
check 'the program runs from BUILD' equal "$(csm/VM010102_BLD1/BUILD/CP/cpload)" 'CP 720, RSU 0101'
run 'rm csm/VM010102_BLD1/BUILD/CP/nucleus/HCP08'
say 'DELTA shows exactly what the level changes; a deleted file is character device 0,0'
run 'cd csm/VM010102_BLD1/DELTA; find . -ls | cut -c 24-; cd ../../..'
check 'DELTA has the changes and nothing else' equal \
	"$(cd csm/VM010102_BLD1/DELTA && find . ! -type d | sort | xargs)" \
	'./CP/cpload ./CP/nucleus/HCP02 ./CP/nucleus/HCP08'
check 'the deleted file is a whiteout' equal \
	"$(stat -c '%F %t,%T' csm/VM010102_BLD1/DELTA/CP/nucleus/HCP08)" 'character special file 0,0'
say 'DELTA is written as well: what goes in is in BUILD at once, what is taken out is as in BASE again'
run 'echo "HCP09, new function" > csm/VM010102_BLD1/DELTA/CP/nucleus/HCP09'
run 'cat csm/VM010102_BLD1/BUILD/CP/nucleus/HCP09'
run 'rm csm/VM010102_BLD1/DELTA/CP/nucleus/HCP08'
run 'cat csm/VM010102_BLD1/BUILD/CP/nucleus/HCP08'
check 'the file of BASE is back' cmp product/CP/nucleus/HCP08 csm/VM010102_BLD1/BUILD/CP/nucleus/HCP08
check 'BASE is untouched' diff -r --no-dereference product csm/BASE/BUILD

chapter 'Its package'
run 'mkdir csm/VM010102_BLD1/PACKAGE'
run 'ls -s csm/VM010102_BLD1/PACKAGE'
check 'only the affected component is packaged' equal \
	"$(ls csm/VM010102_BLD1/PACKAGE | xargs)" 'CP.SERVLINK MANIFEST MANIFEST.sig'
run 'cat csm/VM010102_BLD1/PACKAGE/MANIFEST'
run 'setfattr -n user.csmfs.lock -v on csm/VM010102_BLD1'
run_refused 'touch csm/VM010102_BLD1/BUILD/CP/late'

chapter 'The next level, based on the first'
run 'mkdir csm/VM010802_BLD2'
run 'setfattr -n user.csmfs.basedon -v VM010102_BLD1 csm/VM010802_BLD2'
run 'cat csm/VM010802_BLD2/BUILD/CP/nucleus/HCP09'
check 'the level starts as its parent' equal "$(digest csm/VM010802_BLD2)" "$(digest csm/VM010102_BLD1)"
say 'the August service arrives as a directory; rsync puts it in'
mkdir -p service/nucleus service/macros
for number in 03 04; do
	echo "HCP$number with UM2${number}00" > "service/nucleus/HCP$number"
done
echo 'PROFILE, second edition' > service/macros/PROFILE
run 'rsync -a --itemize-changes service/ csm/VM010802_BLD2/BUILD/CP/'
document=$(cd product/DOC && find . -mindepth 1 -maxdepth 1 -type d | sort | sed -n 1p)
document=${document#./}
run "rm -r csm/VM010802_BLD2/BUILD/DOC/$document"
run 'find csm/VM010802_BLD2/DELTA ! -type d -printf "%M %P\n" | sort -k 2'
check 'DELTA has the August service and the deletion' equal \
	"$(cd csm/VM010802_BLD2/DELTA && find . ! -type d | sort | xargs)" \
	"./CP/macros/PROFILE ./CP/nucleus/HCP03 ./CP/nucleus/HCP04 ./DOC/$document"
check 'the parent has not changed' grep -q 'no service' csm/VM010102_BLD1/BUILD/CP/nucleus/HCP03

chapter 'Package, signature, and a look into a SERVLINK'
run 'mkdir csm/VM010802_BLD2/PACKAGE'
run 'ls csm/VM010802_BLD2/PACKAGE'
run 'openssl pkeyutl -verify -pubin -inkey csm/.csmfs/key.pub -rawin \
	-in csm/VM010802_BLD2/PACKAGE/MANIFEST -sigfile csm/VM010802_BLD2/PACKAGE/MANIFEST.sig'
run 'lz4 -dc csm/VM010802_BLD2/PACKAGE/CP.SERVLINK | tar -tvf -'
run 'mkdir unpacked; lz4 -dc csm/VM010802_BLD2/PACKAGE/CP.SERVLINK | tar -C unpacked -xpf -'
run 'cat unpacked/CP/nucleus/HCP04'
check 'the unpacked file is that of BUILD' cmp unpacked/CP/nucleus/HCP04 csm/VM010802_BLD2/BUILD/CP/nucleus/HCP04
say 'the same content always gives the same bytes'
run 'sha256sum < csm/VM010802_BLD2/PACKAGE/CP.SERVLINK | tee first'
run 'rm -r csm/VM010802_BLD2/PACKAGE; mkdir csm/VM010802_BLD2/PACKAGE'
run 'sha256sum < csm/VM010802_BLD2/PACKAGE/CP.SERVLINK | tee second'
check 'the package is byte for byte the same' cmp first second

chapter 'A managed system'
run 'mkdir csm/systems/vm01'
run 'setfattr -n user.csmfs.host -v vm01.example.com csm/systems/vm01'
run 'ln -sfn ../../VM010102_BLD1 csm/systems/vm01/test'
say 'only a STABLE level goes into production'
run_refused 'mv -T csm/systems/vm01/test csm/systems/vm01/production'
run 'setfattr -n user.csmfs.state -v STABLE csm/VM010102_BLD1'
run 'mv -T csm/systems/vm01/test csm/systems/vm01/production'
run 'find csm/systems/vm01 -type l -printf "%f -> %l\n"'
run 'ln -sfn ../../VM010802_BLD2 csm/systems/vm01/test'
run 'setfattr -n user.csmfs.state -v STABLE csm/VM010802_BLD2'
run 'mv -T csm/systems/vm01/test csm/systems/vm01/production'
run 'readlink csm/systems/vm01/production csm/systems/vm01/previous'
check 'the second level is in production' equal "$(readlink csm/systems/vm01/production)" ../../VM010802_BLD2
say 'and the way back is one command'
run 'mv -T csm/systems/vm01/previous csm/systems/vm01/production'
run 'readlink csm/systems/vm01/production csm/systems/vm01/previous'
check 'the first level is in production again' equal "$(readlink csm/systems/vm01/production)" ../../VM010102_BLD1
run_refused 'rmdir csm/VM010102_BLD1'

chapter 'Comparing'
say 'equal content has an equal digest, whatever its history'
run 'mkdir csm/REPEATED'
run 'setfattr -n user.csmfs.basedon -v VM010102_BLD1 csm/REPEATED'
run 'cp -a csm/VM010802_BLD2/DELTA/. csm/REPEATED/DELTA/'
run 'getfattr -n user.csmfs.digest csm/VM010802_BLD2 csm/REPEATED csm/BASE'
check 'the repeated level is equal' equal "$(digest csm/REPEATED)" "$(digest csm/VM010802_BLD2)"
run 'rmdir csm/REPEATED'
check 'the level is gone' missing csm/REPEATED

chapter 'The tables'
run 'cat csm/SVCSTAT'
run 'cat csm/SYSSTAT'
say 'servmgr speaks the grammar of z/VM; it does what the commands above did'
run 'export CSMFS_MOUNT=$PWD/csm'
run 'servmgr srvlvl query 720'
run 'servmgr system query 720'
run 'servmgr --dry-run srvlvl add 720 vm011102_bld3 basedon vm010802_bld2 nonesm desc November RSU'
check 'a dry run changes nothing' missing csm/VM011102_BLD3
run 'servmgr srvlvl add 720 vm011102_bld3 basedon vm010802_bld2 nonesm desc November RSU'
check 'servmgr made the level' equal \
	"$(getfattr --only-values -n user.csmfs.basedon csm/VM011102_BLD3)" VM010802_BLD2
run 'servmgr srvlvl delete 720 vm011102_bld3'
check 'servmgr deleted the level' missing csm/VM011102_BLD3

chapter 'The log, and the end'
run 'tail -n 12 csm/.csmfs/log'
before=$(digest csm/VM010802_BLD2)
say 'everything is there after a remount'
run 'umount csm; csmfs store csm'
check 'the digest is the same' equal "$(digest csm/VM010802_BLD2)" "$before"
check 'production is the same' equal "$(readlink csm/systems/vm01/production)" ../../VM010102_BLD1
run 'umount csm'
run 'fsck.csmfs -n store'
run 'du -sh product store'

printf '\n%s%d checks held: everything was as told.%s\n' "$bold" "$checks" "$plain"
