#!/usr/bin/env bash
# Every header compiles alone, and twice in a row (its guard), with the strict flags in FLAGS.
set -eu
cd "$(dirname "$0")/../.."
export CC=${CC:-gcc} FLAGS=${FLAGS:?called by make check-headers}

one()
{
	# FLAGS is a list of words.
	printf '#include "%s"\n#include "%s"\nextern int csmfs_header_checked;\n' "$1" "$1" |
		$CC $FLAGS -fsyntax-only -x c - || { echo "check-headers: $1" >&2; return 1; }
}
export -f one
find store fs tools tests -name '*.h' -print0 2>/dev/null |
	xargs -0 -r -n 1 -P "$(nproc)" bash -c 'one "$0"'
