#!/usr/bin/env bash
# csmfs --version, the first line of the daemon's log and /.csmfs/version name program, format,
# libraries in use and kernel; a daemon that dies of a fault leaves a core file.
. "${0%/*}/../../support/mount.sh"
require python3

csmfs --version > "$T/version"
for line in 'csmfs [0-9][0-9.]*' 'format 1' 'libfuse 3\.[0-9.]+' 'RocksDB [0-9]+\.[0-9]+\.[0-9]+' \
	'LZ4 1\.[0-9.]+' 'libcrypto OpenSSL 3\.[0-9.]+ .*' 'libarchive 3\.[0-9.]+' \
	"kernel $(uname -srm)"; do
	grep -qxE "$line" "$T/version" || fail "no line '$line': $(cat "$T/version")"
done
file=$(readlink -f "$(ldd "$BUILD/csmfs" | awk '/librocksdb/ { print $3 }')")
grep -qx "RocksDB ${file##*librocksdb.so.}" "$T/version" || fail "in use is $file"

new_store
mount_store
grep -qxE 'protocol 7\.[0-9]+' "$M/.csmfs/version" || fail "no protocol: $(cat "$M/.csmfs/version")"
diff <(grep -v '^csmfs\|^format' "$T/version") <(sed -n '/^libfuse/,$p' "$M/.csmfs/version")
uuid=$(sed -n 's/^uuid //p' "$STORE/csmfs.store")
protocol=$(grep '^protocol' "$M/.csmfs/version")
grep -qF "serves release 720 of store $uuid; format 1; $protocol;libfuse" "$T/daemon.log" ||
	fail "log: $(cat "$T/daemon.log")"
grep -qF "RocksDB ${file##*librocksdb.so.};" "$T/daemon.log" || fail "log: $(cat "$T/daemon.log")"
unmount_store

cd "$T"
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:disable_coredump=0" TSAN_OPTIONS="${TSAN_OPTIONS:-}:disable_coredump=0"
python3 - "$STORE" "$M" "$T/pids" <<'END'
import os, resource, signal, sys, time
store, directory, pids = sys.argv[1:]
resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
daemon = os.spawnlp(os.P_NOWAIT, 'csmfs', 'csmfs', store, directory, '-f')
with open(pids, 'a') as file:
    print(daemon, file=file)
while not os.path.exists(directory + '/.csmfs/version'):
    time.sleep(0.05)
with open(f'/proc/{daemon}/coredump_filter', 'w') as file:  # a small one will do
    file.write('0')
os.kill(daemon, signal.SIGQUIT)
_, status = os.waitpid(daemon, 0)
assert os.WIFSIGNALED(status) and os.WCOREDUMP(status), status
END
