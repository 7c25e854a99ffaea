#!/usr/bin/env bash
# The commands of mount-examples/csmfs-scrub@.service begin a scrub and wait for its end; they fail
# when something was found. Service and timer are well formed.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"
. "$ROOT/tests/support/scrub.sh"

if command -v systemd-analyze >/dev/null; then
	for unit in csmfs@ csmfs-scrub@; do
		sed "s,/usr/sbin/csmfs,$BUILD/csmfs," "$ROOT/mount-examples/$unit.service" > "$T/${unit}720.service"
	done
	cp "$ROOT/mount-examples/csmfs-scrub@.timer" "$T/csmfs-scrub@720.timer"
	said=$(systemd-analyze verify --man=no "$T/csmfs-scrub@720.service" "$T/csmfs-scrub@720.timer" 2>&1) ||
		fail "systemd-analyze: $said"
	[ -z "$said" ] || fail "systemd-analyze: $said"
fi

# What systemd would run, in order, for the release mounted at $M.
run_unit()
{
	local command

	sed -n 's/^ExecStart=//p' "$ROOT/mount-examples/csmfs-scrub@.service" |
		sed "s,/srv/csmfs/%i,$M,g; s/\\\$\\\$/\$/g; s/sleep 10/sleep 0.1/" > "$T/commands"
	while read -r command; do
		RATE=0 bash -c "${command//'${RATE}'/0}" || return 1
	done < "$T/commands"
}

new_store
mount_store
base_locked
mkdir "$M/L"
marked_file "$M/L/BUILD/CP/part" of-the-level
run_unit > "$T/said" || fail "said: $(cat "$T/said")"
grep -qx ':SCRUB.FINISHED' "$T/said" || fail "said: $(cat "$T/said")"
remount
flip_marked of-the-level
if run_unit > "$T/said"; then fail "no failure, having said: $(cat "$T/said")"; fi
grep -qx ':OBJECT.720/L CP/part' "$T/said" || fail "said: $(cat "$T/said")"
