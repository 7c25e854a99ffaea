#!/usr/bin/env bash
# Two stores with the same content, made in another order, give byte-identical SERVLINKs.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

stamp='2024-05-06 07:08:09.123456789'
sample "$T/sample"
build() {
	new_store
	mount_store
	component "$M/BASE" CP
	find "$M/BASE/BUILD/CP" -exec touch -d "$stamp" {} +
	control "$M/BASE" lock on
	mkdir "$M/L"
	"$1" "$M/L/BUILD"
	find "$M/L/BUILD" -depth -exec touch -h -d "$stamp" {} +
	mkdir "$M/L/PACKAGE"
	cp -r "$M/L/PACKAGE" "$2"
	unmount_store
	STORE=$T/store-2
}
straight() {
	rm "$1/CP/lib/one"
	mkdir "$1/NEW"
	cp -a "$T/sample" "$1/NEW/sample"
}
crooked() {
	mkdir "$1/NEW" "$1/NEW/draft" "$1/OTHER"
	rsync -aHAX "$T/sample/" "$1/NEW/draft/"
	echo draft >> "$1/CP/lib/one"
	rm "$1/CP/lib/one"
	mv "$1/NEW/draft" "$1/NEW/sample"
	rmdir "$1/OTHER"
}
build straight "$T/one"
build crooked "$T/two"
for servlink in CP NEW; do
	cmp "$T/one/$servlink.SERVLINK" "$T/two/$servlink.SERVLINK"
done
equal "$(ls "$T/two" | xargs)" 'CP.SERVLINK MANIFEST MANIFEST.sig NEW.SERVLINK' 'names'
