#!/usr/bin/env bash
# Small checks of the text of all sources; each finding is FILE:LINE: what. Exit code 1 when
# there is one. A file over 700 lines is only told: look again which room wants its own file.
set -u
export LC_ALL=C
cd "$(dirname "$0")/../.." || exit 2
found=$(mktemp)
trap 'rm -f "$found"' EXIT

mapfile -t c_files < <(find store fs tools tests -name '*.[ch]' | sort)
mapfile -t scripts < <(find tests tools .ci -type f \( -name '*.sh' -o -path '.ci/run' \) | sort)
mapfile -t texts < <(find Makefile README.md LICENSE .gitignore docs mount-examples tools/completion \
	-type f 2>/dev/null | sort)

# look WHAT PATTERN FILE...: every line that matches is a finding.
look()
{
	local what=$1 pattern=$2

	shift 2
	[ $# -eq 0 ] || grep -nHP -- "$pattern" "$@" | sed -E "s/^([^:]*:[0-9]+):.*/\1: $what/" >>"$found"
}

look 'white space at the end' '[ \t]+$' "${c_files[@]}" "${scripts[@]}" "${texts[@]}"
look 'a carriage return' '\r' "${c_files[@]}" "${scripts[@]}" "${texts[@]}"
look 'indented with blanks' '^ {2,}(?!\*)\S' "${c_files[@]}"
look 'a blank before a tab' ' \t' "${c_files[@]}"
look 'unfinished by its own words' '\b(TODO|FIXME|XXX)\b' $(printf '%s\n' "${c_files[@]}" "${scripts[@]}" |
	grep -v '^tests/support/check-tidy.sh$')
look 'only block comments' '(^|[\s;{}])//' "${c_files[@]}"
look 'no typedef for a struct' '^\s*typedef\s+(struct|union|enum)\b' "${c_files[@]}"

for file in "${c_files[@]}"; do
	case $file in
	*.c | *.h) head -n 1 "$file" | grep -q '^/\*' || echo "$file:1: does not open with a comment" >>"$found" ;;
	esac
	case ${file##*/} in
	*util* | *common* | *misc*) echo "$file:1: a name that says nothing" >>"$found" ;;
	esac
	[ "$(tail -c 1 "$file" | od -An -c | tr -d ' ')" = '\n' ] || echo "$file:1: no newline at the end" >>"$found"
	lines=$(wc -l <"$file")
	[ "$lines" -le 700 ] || echo "note: $file has $lines lines"
done
for file in $(find store fs tools -name '*.h' ! -path 'store/base/banned.h'); do
	guard=$(echo "$file" | tr '[:lower:]/.-' '[:upper:]___')
	grep -q "^#ifndef $guard\$" "$file" || echo "$file:1: its guard is not $guard" >>"$found"
done

# Tests tell what is true, not how fast it was: a loaded machine must not fail them.
mapfile -t tests < <(printf '%s\n' "${c_files[@]}" "${scripts[@]}" | grep -E '^tests/(store|fs|tools|mount)/')
look 'a test may not assert a time' 'assert.*(elapsed|duration|seconds_taken|_ms\b)|(elapsed|SECONDS).*-(lt|le|gt|ge)' \
	"${tests[@]}"

for file in "${scripts[@]}"; do
	bash -n "$file" 2>>"$found"
done

cat "$found"
[ ! -s "$found" ]
