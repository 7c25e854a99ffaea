#!/usr/bin/env bash
# check-layers.sh must find what it is there for: a small tree that keeps the rules passes, and
# each line that breaks one of them fails with a word about it.
set -eu
check=$(cd "$(dirname "$0")" && pwd)/check-layers.sh
tree=$(mktemp -d "${TMPDIR:-/tmp}/csmfs-layers.XXXXXX")
trap 'rm -rf "$tree"' EXIT
cd "$tree"
mkdir -p docs fs tools store/base store/engine store/tree
cat >docs/architecture.md <<'TABLE'
<!-- rooms -->
| room | may call |
| --- | --- |
| store/base | |
| store/engine | store/base |
| store/tree | store/base store/engine |
| store | store/base store/engine store/tree |
| fs | store store/base |
| tools | fs store store/base |
<!-- /rooms -->
TABLE
echo '#include <stdio.h>' >store/base/error.c
echo '#include "store/base/error.h"' >store/engine/engine.c
echo '#include <rocksdb/c.h>' >store/engine/engine_rocksdb.c
printf '#include "store/tree/tree.h"\n#include "store/engine/engine.h"\n' >store/tree/tree.c
echo '#include "store/tree/tree.h"' >store/store.h
printf '#include <fuse_lowlevel.h>\n#include "store/store.h"\n' >fs/main.c
echo '/* names */' >fs/protocol.h
echo '#include "store/store.h"' >tools/mkfs.c
printf '#include "fs/protocol.h"\n#include "tools/plan.h"\n' >tools/servmgr.c

failures=0
"$check" "$tree" || { echo "a tree that keeps the rules is refused" >&2; failures=1; }

# breaks FILE LINE WORD: with LINE in FILE the check fails and says WORD.
breaks()
{
	local said

	cp "$1" kept 2>/dev/null || : >kept
	echo "$2" >>"$1"
	if said=$("$check" "$tree"); then
		echo "not found: $1: $2" >&2
		failures=$((failures + 1))
	elif ! printf '%s\n' "$said" | grep -qF -- "$1" || ! printf '%s\n' "$said" | grep -qF -- "$3"; then
		echo "found without saying $3: $1: $2: $said" >&2
		failures=$((failures + 1))
	fi
	if [ -s kept ]; then mv kept "$1"; else rm -f "$1" kept; fi
}

breaks store/base/error.c '#include "store/engine/engine.h"' 'may not call'
breaks store/engine/engine.c '#include "store/tree/tree.h"' 'may not call'
breaks store/tree/tree.c '#include "store/store.h"' 'may not call'
breaks store/tree/tree.c '#include "fs/node.h"' 'may not call'
breaks store/tree/tree.c '#include "tree.h"' 'from the top'
breaks store/tree/tree.c '#include <store/base/error.h>' 'with quotes'
breaks store/tree/tree.c '  #  include <fuse_lowlevel.h>' 'FUSE'
breaks store/tree/tree.c '#include <rocksdb/c.h>' 'RocksDB'
breaks store/tree/tree.c '#include <openssl/evp.h>' 'libcrypto'
breaks store/tree/tree.c '#include <libsmartcols.h>' 'smartcols'
breaks tools/mkfs.c '#include <fuse3/fuse.h>' 'FUSE'
breaks fs/main.c '#include "store/tree/tree.h"' 'may not call'
breaks fs/protocol.h '#include "store/store.h"' 'nothing of ours'
breaks tools/servmgr.c '#include "store/store.h"' 'on the mount'
breaks tools/servmgr.c '#include "fs/node.h"' 'on the mount'
breaks tools/plan.c '#include "store/base/error.h"' 'on the mount'
breaks tools/mkfs.c '#include "fs/protocol.h"' 'on the store'
mkdir store/extra
breaks store/extra/new.c '#include <stdio.h>' 'not in the table'

[ "$failures" -eq 0 ]
