#!/bin/sh
# Installs what building and testing csmfs needs on a bare Debian 12, and does nothing when all
# of it is there. Needs root and a package mirror only when something is missing; says in one
# line what is missing when it cannot install it.
set -u

needed='
gcc clang libclang-rt-dev make pkg-config libc6-dev
libfuse3-dev fuse3 librocksdb-dev liblz4-dev libssl-dev libarchive-dev libsmartcols-dev
libacl1-dev libseccomp-dev libcmocka-dev
lz4 attr acl rsync tar xz-utils openssl util-linux libcap2-bin python3 man-db
'

missing_packages()
{
	# "needed" is a list: its words are meant to be split.
	have=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' $needed 2>/dev/null)
	missing=
	for package in $needed; do
		case "
$have
" in
		*"
$package installed
"*) ;;
		*) missing="$missing $package" ;;
		esac
	done
	echo "$missing"
}

if ! command -v dpkg-query >/dev/null; then
	echo "setup: not a Debian system; needed are the packages known there as:" $needed >&2
	exit 1
fi
missing=$(missing_packages)
[ -n "$missing" ] || exit 0
if [ "$(id -u)" -ne 0 ]; then
	echo "setup: missing, and only root can install them:$missing" >&2
	exit 1
fi

export DEBIAN_FRONTEND=noninteractive LC_ALL=C
log=$(mktemp)
trap 'rm -f "$log"' EXIT
echo "setup: installing $(echo $missing | wc -w) packages with apt-get (some minutes)"

# A machine that has just started may be updating itself: wait for it.
install_missing()
{
	apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=600 $missing >>"$log" 2>&1 </dev/null
}

# The package lists may be absent or too old for the mirror: then fetch them and try once more.
# What the second try says is what counts, after what was wrong with the mirror.
if ! install_missing; then
	apt-get update >"$log" 2>&1 </dev/null
	install_missing
fi
missing=$(missing_packages)
if [ -n "$missing" ]; then
	echo "setup: missing:$missing; apt-get: $(grep -E '^(E|W):' "$log" | head -n 1)" >&2
	exit 1
fi
