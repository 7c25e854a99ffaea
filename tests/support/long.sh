# Words for the long tests (tests/long/*.sh), on top of mount.sh and levels.sh. A long test is one
# story with many checks: a step that fails ends it, a check that fails is counted and the story
# goes on. They need a package mirror and minutes; `make soak` runs them, `make test` does not.
#
#   packages NAME...          installs what is missing of these Debian packages
#   download NAME[=VERSION]   prints the path of the .deb, fetched once and kept in $CACHE
#   step WORDS...             says what is being done, and how long the step before took
#   check SENTENCE COMMAND    runs COMMAND in a subshell under set -e; ok or FAILED, counted
#   finish                    the last line of every long test
#   servlinks_over DIR LEVEL  unpacks LEVEL's package over DIR by the script in docs/servlink.md
#
# "N passed, N failed" is the last line of the output, also when a step failed.

CACHE=${CSMFS_TEST_CACHE:-/var/cache/csmfs-tests}
passed=0
failed=0
step_name=
step_began=
exec {result_fd}>&1

say_result()
{
	# status is the exit code that at_end of mount.sh is about to hand on.
	if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then
		echo "FAILED: the step '$step_name' did not come to its end" >&"$result_fd"
		failed=1
	fi
	echo "$passed passed, $failed failed" >&"$result_fd"
}
later say_result

step()
{
	[ -z "$step_name" ] || echo "   ($((SECONDS - step_began)) s) $step_name" >&"$result_fd"
	step_name=$*
	step_began=$SECONDS
}

check()
{
	local sentence=$1 result=0

	shift
	set +e
	(
		trap - EXIT
		set -e
		"$@"
	) >"$T/said" 2>&1
	result=$?
	set -e
	if [ "$result" -eq 0 ]; then
		passed=$((passed + 1))
		echo "ok $sentence" >&"$result_fd"
	else
		failed=$((failed + 1))
		echo "FAILED $sentence" >&"$result_fd"
		head -n 40 "$T/said" | sed 's/^/	/' >&"$result_fd"
	fi
}

finish()
{
	step 'the end'
	[ "$failed" -eq 0 ]
}

packages()
{
	local missing=() name

	for name in "$@"; do
		[ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || missing+=("$name")
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	step "installing ${missing[*]}"
	export DEBIAN_FRONTEND=noninteractive
	apt-get update >"$T/apt.log" 2>&1 </dev/null || true
	apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=600 "${missing[@]}" \
		>>"$T/apt.log" 2>&1 </dev/null || fail "apt-get install ${missing[*]}: $(tail -n 3 "$T/apt.log")"
}

# apt-get names the file itself; a directory for each request makes that name the only one.
download()
{
	local place=$CACHE/$1

	if [ -z "$(ls "$place"/*.deb 2>/dev/null)" ]; then
		mkdir -p "$T/download" "$place"
		rm -f "$T/download"/*
		(cd "$T/download" && apt-get -o APT::Sandbox::User=root download "$1") >"$T/apt.log" 2>&1 ||
			fail "apt-get download $1: $(tail -n 3 "$T/apt.log")"
		mv "$T/download"/*.deb "$place/"
	fi
	ls "$place"/*.deb
}

servlinks_over()
{
	awk '/^```$/ { inside = 0 } inside { print } /^```sh$/ { inside = 1 }' "$ROOT/docs/servlink.md" >"$T/unpack.sh"
	[ -s "$T/unpack.sh" ] || fail 'docs/servlink.md has no script any more'
	sh "$T/unpack.sh" "$2/PACKAGE" "$1" 2>"$T/unpack.log" || fail "unpack.sh: $(cat "$T/unpack.log")"
}
