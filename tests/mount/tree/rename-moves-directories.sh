#!/usr/bin/env bash
# rename moves a whole directory at once; link counts follow; never into itself.
. "${0%/*}/../../support/mount.sh"
. "$ROOT/tests/support/levels.sh"

new_store
mount_store
mkdir "$M/L" "$M/L/BUILD/CP"
cd "$M/L/BUILD/CP"

mkdir -p a/sub/deep b
echo text > a/sub/deep/file
links=$(stat -c %h b)
mv a/sub b/moved
equal "$(cat b/moved/deep/file)" text 'content'
equal "$(stat -c %h b)" $((links + 1)) 'link count of the new parent'
equal "$(stat -c %h a)" 2 'link count of the old parent'
equal "$(stat -c %i b/moved/..)" "$(stat -c %i b)" 'the parent seen from inside'
refused EINVAL probe rename noreplace b b/moved/deep/b
mkdir target
echo x > target/x
refused ENOTEMPTY mv -T b/moved target
rm target/x
mv -T b/moved target
equal "$(cat target/deep/file)" text 'content over an empty directory'
