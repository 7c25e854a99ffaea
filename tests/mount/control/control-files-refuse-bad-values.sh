#!/usr/bin/env bash
# A bad value written to a control file is an error of the write, and changes nothing.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
base_locked
mkdir "$M/L"
cd "$M"

refused EINVAL bash -c 'echo maybe > L/.csmfs/lock'
refused EINVAL bash -c 'echo NOWHERE > L/.csmfs/basedon'
refused EINVAL bash -c 'echo GOLD > L/.csmfs/state'
refused EPERM bash -c 'echo STABLE > L/.csmfs/state'
if sh -c 'echo 0 > L/.csmfs/digest' 2> /dev/null; then fail 'the digest was written'; fi
if touch L/.csmfs/new 2> /dev/null; then fail 'a control file was made'; fi
if rm L/.csmfs/lock 2> /dev/null; then fail 'a control file was removed'; fi
equal "$(cat L/.csmfs/lock L/.csmfs/basedon L/.csmfs/state | xargs)" 'off BASE TEST' 'values'
expect_log 'refused VALUE_BAD'
