#!/usr/bin/env bash
# Two versions of the kernel's source, 79,000 files each, as BASE and as a level.
. "${0%/*}/../support/mount.sh"
. "$ROOT/tests/support/levels.sh"
. "$ROOT/tests/support/long.sh"

# The newest version and the one before it with another upstream number.
choose_versions()
{
	apt-cache madison linux-source-6.1 | awk -F '|' '
		{ gsub(/ /, "", $2); upstream = $2; sub(/-.*/, "", upstream) }
		upstream != last { print $2; last = upstream; if (++count == 2) exit }'
}

unpack_source()
{
	local deb

	deb=$(download "linux-source-6.1=$1")
	mkdir "$2"
	dpkg-deb --fsys-tarfile "$deb" | tar -xO ./usr/src/linux-source-6.1.tar.xz |
		xz -dc | tar -x -C "$2" --strip-components=1
}

# Path, then all that makes two files differ; directories are not listed.
describe_files()
{
	(
		cd "$1"
		find . -type f -print0 | sort -z | xargs -0 sha256sum | awk '{ sum = $1; sub(/^[0-9a-f]+ +\.\//, ""); print $0 "\t" sum }'
		find . -type l -printf '%P\t-> %l\n'
		find . ! -type d -printf '%P\t%y %m %U:%G\n'
	) | sort
}

# Both trees' differences as DELTA must list them: a file that changed or came, and a whiteout for
# the topmost name of what went.
expected_delta()
{
	local path

	describe_files "$1" >"$T/older.files"
	describe_files "$2" >"$T/newer.files"
	comm -3 "$T/older.files" "$T/newer.files" | sed 's/^\t//' | cut -f 1 | sort -u | while read -r path; do
		if [ -e "$2/$path" ] || [ -L "$2/$path" ]; then
			echo "$path"
			continue
		fi
		while [ "${path%/*}" != "$path" ] && [ ! -e "$2/${path%/*}" ]; do
			path=${path%/*}
		done
		echo "$path gone"
	done | sort -u
}

shown_delta()
{
	(
		cd "$1"
		find . ! -type d ! -type c -printf '%P\n'
		find . -type c -printf '%P gone\n'
	) | sort
}

same_lists()
{
	diff "$1" "$2" | head -n 20 >"$T/lists.diff"
	[ ! -s "$T/lists.diff" ] || fail "$(cat "$T/lists.diff")"
	[ -s "$1" ] || fail 'nothing was compared'
}

kib()
{
	du -sk "$1" | cut -f 1
}

smaller_than_045()
{
	local store=$1 plain=$2

	[ $((store * 100)) -lt $((plain * 45)) ] || fail "the store has $store KiB, one plain tree $plain KiB"
}

same_content()
{
	diff -r --no-dereference "$1" "$2"
}

packages rsync xz-utils lz4
mapfile -t versions < <(choose_versions)
[ "${#versions[@]}" -eq 2 ] || fail 'the mirror does not have two versions of linux-source-6.1'
older=$T/older newer=$T/newer
step "unpacking ${versions[1]} and ${versions[0]}"
unpack_source "${versions[1]}" "$older"
unpack_source "${versions[0]}" "$newer"

new_store
mount_store
step 'cp -a of the older tree into BASE'
mkdir "$M/BASE/BUILD/LINUX"
cp -a "$older/." "$M/BASE/BUILD/LINUX/"
control "$M/BASE" lock on
step 'rsync of the newer tree over the level'
mkdir "$M/L"
rsync -a --delete --checksum "$newer/" "$M/L/BUILD/LINUX/"
step 'comparing BUILD'
check 'BUILD is the newer tree' same_content "$newer" "$M/L/BUILD/LINUX"
check 'BASE still is the older tree' same_content "$older" "$M/BASE/BUILD/LINUX"
check 'names, modes, owners, times and sums are those of the newer tree' same_tree --times "$newer" "$M/L/BUILD/LINUX"
step 'comparing DELTA'
expected_delta "$older" "$newer" >"$T/expected"
shown_delta "$M/L/DELTA/LINUX" >"$T/shown"
check "DELTA lists exactly the $(wc -l <"$T/expected") names that differ" same_lists "$T/expected" "$T/shown"

step 'packaging'
mkdir "$M/L/PACKAGE"
step 'unpacking the package over a copy of BASE'
mkdir "$T/copy"
cp -a "$older" "$T/copy/LINUX"
servlinks_over "$T/copy" "$M/L"
check 'the package unpacks to the newer tree' same_tree "$newer" "$T/copy/LINUX"
rm -rf "$T/copy"
digests=$(digest "$M/BASE" && digest "$M/L" && digest "$M/L/BUILD/LINUX")
step 'unmounting'
unmount_store
store_size=$(kib "$STORE") plain_size=$(kib "$newer")
echo "   the store of both levels: $store_size KiB, $((store_size * 100 / plain_size)) % of one plain tree"
check 'the store is smaller than 0.45 of one plain tree' smaller_than_045 "$store_size" "$plain_size"
step 'fsck.csmfs'
check 'fsck.csmfs finds nothing' fsck.csmfs "$STORE"

# Last names first, so that a directory comes after what is in it; and the level not changed
# file by file but taken away and copied in whole.
step 'a second store, filled the other way round'
rm -rf "$STORE"
STORE=$T/second
new_store
mount_store
mkdir "$M/BASE/BUILD/LINUX"
(cd "$older" && find . -mindepth 1 -print0 | sort -rz | tar -c --null --no-recursion -T - -f -) |
	tar -xp -C "$M/BASE/BUILD/LINUX"
control "$M/BASE" lock on
mkdir "$M/L"
rm -r "$M/L/BUILD/LINUX"
mkdir "$M/L/BUILD/LINUX"
cp -a "$newer/." "$M/L/BUILD/LINUX/"
step 'its digests'
other=$(digest "$M/BASE" && digest "$M/L" && digest "$M/L/BUILD/LINUX")
check 'another history, the same digests' equal "$other" "$digests" 'digests of the second store'
finish
