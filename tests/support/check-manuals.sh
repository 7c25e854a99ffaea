#!/usr/bin/env bash
# The manual pages format without a warning, and every program has one.
set -eu
export LC_ALL=C.UTF-8 MANWIDTH=80
cd "$(dirname "$0")/../.."
status=0

for page in docs/*.[1-8]; do
	[ -e "$page" ] || continue
	said=$(man --warnings -E UTF-8 -l -Tutf8 -Z "$page" 2>&1 >/dev/null) || said="$said (exit code)"
	[ -z "$said" ] || { echo "$page: $said"; status=1; }
done
for page in csmfs.8 mkfs.csmfs.8 fsck.csmfs.8 servmgr.1 csmfs-format.5 csmfs-xattrs.7; do
	[ -s "docs/$page" ] || { echo "docs/$page is missing"; status=1; }
done
exit "$status"
