#!/usr/bin/env bash
# What the attribute takes and gives, /.csmfs/scrub does; both refuse what makes no sense, and the
# log says why.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"
. "$ROOT/tests/support/scrub.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
head -c 2000000 /dev/urandom > "$M/L/BUILD/CP/large"
file=$M/.csmfs/scrub
equal "$(stat -c %a "$file")" 644 'mode'
equal "$(control "$M" scrub)" "$(cat "$file")" 'the attribute'
echo 'START rate=64k' > "$file"
equal "$(scrub_tag SCRUB)" RUNNING 'state'
equal "$(scrub_tag RATE)" 65536 'rate'
refused EBUSY bash -c "echo start > '$file'"
refused EBUSY setfattr -n user.csmfs.scrub -v start "$M"
expect_log 'scrub .csmfs/scrub refused SCRUB_RUNNING: a scrub is running; .*stop'
echo stop > "$file"
equal "$(scrub_tag SCRUB)" STOPPED 'state'
equal "$(scrub_tag ENDED)" "$(control "$M" scrub | sed -n 's/^:ENDED\.//p')" 'when it was stopped'
echo rate=0 > "$file"
echo resume > "$file"
scrub_ends
refused EINVAL bash -c "echo resume > '$file'"
expect_log 'scrub .csmfs/scrub refused SCRUB_NONE: '
for words in begin 'start rate=5' 'stop now' rate=; do
	refused EINVAL setfattr -n user.csmfs.scrub -v "$words" "$M"
done
refused EINVAL setfattr -x user.csmfs.scrub "$M"
expect_log 'scrub .csmfs/scrub refused VALUE_BAD: .*\(begin\)$'
equal "$(getfattr --absolute-names -d "$M")" '' 'attributes that are listed'
