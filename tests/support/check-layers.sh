#!/usr/bin/env bash
# Fails on every #include "..." that the table of rooms in docs/architecture.md does not allow.
#
#   tests/support/check-layers.sh [TOP]
#
# A file includes headers of its own room and of the rooms its row names, written from the top.
# The programs in tools/ are of two kinds: mkfs and fsck work on a store and include store/store.h,
# store/base and store/upkeep; all others work on the mount and include fs/protocol.h and nothing
# else of ours, so fs/protocol.h itself includes nothing of ours. Libraries have their one room:
# FUSE in fs, RocksDB in the files engine_rocksdb*, libcrypto in digest.c and sign.c, smartcols in tools.
set -eu
export LC_ALL=C
cd "${1:-$(dirname "$0")/../..}"

files=$(find store fs tools -name '*.[ch]' 2>/dev/null | sort)
[ -n "$files" ] || { echo "check-layers: no sources here" >&2; exit 2; }
grep -q '<!-- rooms -->' docs/architecture.md || { echo "check-layers: no table of rooms" >&2; exit 2; }

# The file names are ours: no blanks.
awk '
function room_of(path) {
	sub(/\/[^\/]*$/, "", path)
	return path
}
function bad(why) {
	printf "%s:%d: %s\n", FILENAME, FNR, why
	wrong++
}
function check_tool(file, header) {
	if (header ~ /^tools\/[^\/]+\.h$/)
		return
	if (file ~ /^tools\/(mkfs|fsck)\.[ch]$/) {
		if (header !~ /^store\/(store\.h|base\/|upkeep\/)/)
			bad("a program on the store includes store/store.h, not \"" header "\"")
	} else if (header != "fs/protocol.h")
		bad("a program on the mount includes fs/protocol.h alone, not \"" header "\"")
}
function check_library(file, header) {
	if (header ~ /^(fuse|fuse3\/|fuse_)/ && file !~ /^fs\//)
		bad("only fs/ knows FUSE")
	if (header ~ /^rocksdb\// && file !~ /^store\/engine\/engine_rocksdb[a-z_]*\.[ch]$/)
		bad("only engine_rocksdb knows RocksDB")
	if (header ~ /^openssl\// && file !~ /^store\/(chunk\/digest|package\/sign)\.c$/)
		bad("only digest.c and sign.c know libcrypto")
	if (header ~ /^(lib)?smartcols/ && file !~ /^tools\//)
		bad("only tools/ knows smartcols")
}

FILENAME == "docs/architecture.md" {
	if (/<!-- rooms -->/) { reading = 1; next }
	if (/<!-- \/rooms -->/) reading = 0
	if (!reading || split($0, column, "|") < 3)
		next
	gsub(/ /, "", column[2])
	if (column[2] == "room" || column[2] ~ /^-+$/)
		next
	known[column[2]] = 1
	count = split(column[3], callee, " ")
	for (i = 1; i <= count; i++)
		allowed[column[2], callee[i]] = 1
	next
}
FNR == 1 {
	room = room_of(FILENAME)
	if (!(room in known))
		bad("the room " room " is not in the table of docs/architecture.md")
}
/^[ \t]*#[ \t]*include[ \t]*[<"]/ {
	quoted = /include[ \t]*"/
	header = $0
	sub(/^[^<"]*[<"]/, "", header)
	sub(/[>"].*$/, "", header)
	check_library(FILENAME, header)
	if (!quoted) {
		if (header ~ /^(store|fs|tools|tests)\//)
			bad("headers of ours are included with quotes")
		next
	}
	if (header !~ /\//)
		bad("\"" header "\" is not written from the top")
	else if (FILENAME == "fs/protocol.h")
		bad("fs/protocol.h includes nothing of ours, so that tools may include it")
	else if (room == "tools")
		check_tool(FILENAME, header)
	else if (room_of(header) != room && !((room, room_of(header)) in allowed))
		bad(room " may not call " room_of(header) ": \"" header "\"")
}
END { exit wrong > 0 }
' docs/architecture.md $files
