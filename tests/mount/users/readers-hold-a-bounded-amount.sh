#!/usr/bin/env bash
# An ordinary user who holds tables open is refused at some point; root and other users are not,
# and what he closed he may open again. Directories held open are read on to their end.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
cd "$M"
mkdir L
# records of a table: one is some 400 bytes
long=$(printf '%0220d' 1)
seq -f 'L%.0f' 1500 | xargs mkdir
seq -f 'L%.0f' 1500 | xargs setfattr -n user.csmfs.description -v "$long"
size=$(wc -c < SVCSTAT)
[ "$size" -gt 500000 ] || fail "a table of $size bytes: too small to measure with"
mkdir -p L/BUILD/CP/many
# names long enough that 350 listings of them are more than is kept
(cd L/BUILD/CP/many && seq -f "%.0f-$long" 1000 | xargs touch)

hold='
import errno, os, resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
held = []
try:
    for number in range(int(sys.argv[1])):
        held.append(os.open("SVCSTAT", os.O_RDONLY))
except OSError as error:
    if error.errno != errno.EMFILE:
        raise
    print("refused", len(held) * int(sys.argv[2]) <= 32 << 20, os.system(sys.argv[3]))
    os.close(held.pop())
    os.close(os.open("SVCSTAT", os.O_RDONLY))
else:
    print("all", len(held))
'
many=$((40 * 1024 * 1024 / size + 2))
other='setpriv --reuid=65533 --clear-groups cat SVCSTAT > /dev/null'
equal "$(setpriv --reuid=65534 --regid=65534 --clear-groups /usr/bin/python3 -c "$hold" "$many" "$size" true)" \
	'refused True 0' 'an ordinary user'
equal "$(/usr/bin/python3 -c "$hold" "$many" "$size" true)" "all $many" root

# one user holds all he may, another reads
mkfifo "$T/never"
exec 9<> "$T/never"
setpriv --reuid=65534 --regid=65534 --clear-groups /usr/bin/python3 -c "$hold
print('holding', flush=True)
sys.stdin.read()" "$many" "$size" true > "$T/holder" <&9 &
later kill $!
until grep -q holding "$T/holder"; do sleep 0.1; done
sh -c "$other" || fail 'another user is refused as well'

# listings that were let go are taken anew where they were
setpriv --reuid=65534 --regid=65534 --clear-groups /usr/bin/python3 - <<'END'
import os, sys
os.chdir('L/DELTA/CP/many')
held = [os.scandir('.') for number in range(350)]
names = [set() for directory in held]
for names_of, directory in zip(names, held):
    names_of.add(next(directory).name)
for names_of, directory in zip(names, held):
    names_of.update(entry.name for entry in directory)
wrong = [len(one) for one in names if len(one) != 1000]
sys.exit('directories with %s names' % wrong if wrong else 0)
END
