#!/usr/bin/env bash
# RocksDB's own logs do not pile up, however often a store is opened.
. "${0%/*}/../../support/mount.sh"

new_store
for ((i = 0; i < 6; i++)); do
	mount_store
	mkdir "$M/BASE/BUILD/C$i"
	mkdir "$M/.csmfs/backups/B$i"
	unmount_store
done
count=$(find "$STORE/db" -name 'LOG*' | wc -l)
[ "$count" -le 2 ] || fail "$count logs: $(ls "$STORE/db")"
count=$(find "$STORE/db" -name 'OPTIONS*' | wc -l)
[ "$count" -le 2 ] || fail "$count files of options: $(ls "$STORE/db")"
[ -z "$(find "$STORE/db" -name 'LOG*' -size +1100k)" ] || fail 'a log has more than a mebibyte'
[ -z "$(find "$STORE/backups" -name 'LOG*')" ] || fail 'a backup has a log of the engine'
