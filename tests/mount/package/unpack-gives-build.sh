#!/usr/bin/env bash
# SERVLINKs unpacked over a copy of the parent's BUILD by docs/servlink.md's script, or laid over it, are the level's BUILD.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
component "$M/BASE" CP
component "$M/BASE" TCPIP
component "$M/BASE" VMSES
mkdir "$M/BASE/BUILD/CP/kinds"
cd "$M/BASE/BUILD/CP"
sample sample
for name in file-to-directory file-to-link file-to-device file; do
	echo "$name" > "kinds/$name"
done
for name in directory directory-to-file directory-to-link directory-to-device gone; do
	mkdir -p "kinds/$name/below/deep"
	echo "$name" > "kinds/$name/below/deep/file"
done
ln -s file kinds/link-to-directory
echo old > $'kinds/a name\nof two lines \\ 100%'
mkdir $'kinds/\xff\\000'
echo old > $'kinds/\xff\\000/old'
control "$M/BASE" lock on

mkdir "$M/L"
cp -a "$M/BASE/BUILD" "$T/copy"
cp -a "$M/BASE/BUILD" "$T/parent"
cd "$M/L/BUILD"
rm -r TCPIP
mkdir NEW
sample NEW/sample
cd CP
echo changed > program
rm lib/one
chmod 700 etc
chown 5:6 lib/two
setfattr -n user.note -v changed sample/bytes
setfacl -m u:4000000000:rw sample/deep
setfacl -x g:77 sample/text
setfattr -x user.note sample/bytes
cp /bin/true capable
setcap cap_net_raw+ep capable 2> /dev/null || setfattr -n security.capability -v 0sAQAAAgAgAAAAAAAAAAAAAAAAAAA= capable
truncate -s 1G sample/holes
echo end >> sample/holes
rm -r sample/deep/er/est
cd kinds
rm -r file-* directory-* link-to-directory gone
mkdir file-to-directory link-to-directory
echo x > file-to-directory/x
echo x > link-to-directory/x
ln -s file file-to-link
ln -s file directory-to-link
echo file > directory-to-file
mknod file-to-device c 1 3
mknod directory-to-device c 4 64
rm $'a name\nof two lines \\ 100%' $'\xff\\000/old'
echo new > $'\xff\\000/new'
echo new > $'a new name\nof two lines'
mkdir gone2
rmdir gone2
touch -d '2003-04-05 06:07:08.123456789' . file-to-directory $'\xff\\000'
cd "$M/L"

mkdir PACKAGE
(cd PACKAGE && sed -n 's/^servlink \([^ ]*\) [0-9]* \([0-9a-f]*\)$/\2  \1/p' MANIFEST | sha256sum -c)
awk '/^```$/ { inside = 0 } inside { print } /^```sh$/ { inside = 1 }' "$ROOT/docs/servlink.md" > "$T/unpack.sh"
sh -n "$T/unpack.sh"
sh "$T/unpack.sh" "$M/L/PACKAGE" "$T/copy" 2> "$T/said" || fail "unpack.sh: $(cat "$T/said")"
if grep -v 'unknown extended header keyword .hdrcharset' "$T/said" >&2; then fail 'unpack.sh complained'; fi

equal "$(ls "$T/copy" | xargs)" "$(ls BUILD | xargs)" 'components of the copy'
for component in CP NEW VMSES; do
	same_tree --times "BUILD/$component" "$T/copy/$component"
done
[ "$(stat -c %b "$T/copy/CP/sample/holes")" -le 2048 ] || fail 'the file with holes is no more sparse'

mkdir "$T/layer" "$T/merged"
for servlink in PACKAGE/*.SERVLINK; do
	lz4 -dc "$servlink" | tar -C "$T/layer" -xp --xattrs --xattrs-include='*' --acls 2> /dev/null
done
if mount -t overlay overlay -o "ro,lowerdir=$T/layer:$T/parent" "$T/merged" 2> /dev/null; then
	later umount "$T/merged"
	equal "$(ls "$T/merged" | xargs)" "$(ls BUILD | xargs)" 'components of the overlay'
	for component in CP NEW VMSES; do
		same_tree --times "BUILD/$component" "$T/merged/$component"
	done
fi
