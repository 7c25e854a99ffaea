/*
 * ACL bytes as the mount works with them: what is taken as an ACL stays one through chmod and
 * create, and then means the permissions it was given.
 */
#include "fs/acl.h"

#include <sys/stat.h>

#include "tests/fuzz/fuzz.h"

static void try_chmod(struct slice given, mode_t permissions)
{
	struct buffer acl = BUFFER_INIT;
	mode_t now = 0;

	buffer_add(&acl, given.data, given.size);
	MUST(!buffer_failed(&acl));
	MUST(acl_chmod(&acl, permissions) == 0 && acl.size == given.size);
	MUST(acl_permissions(buffer_slice(&acl), &now) >= 0 && now == permissions);
	buffer_release(&acl);
}

static void try_inherit(struct slice given, mode_t mode)
{
	struct xattrs xattrs = XATTRS_INIT;
	const struct xattr *access;
	mode_t now = 0, meant = 0;

	MUST(acl_inherit(given, mode, &now, &xattrs) == 0);
	MUST((now & ~mode) == 0 && (now & ~07777u) == (mode & ~07777u));
	access = xattrs_find(&xattrs, ACL_ACCESS);
	if (access) {
		MUST(acl_permissions(access->value, &meant) >= 0);
		MUST(meant == (now & 0777));
	}
	MUST((xattrs_find(&xattrs, ACL_DEFAULT) != NULL) == S_ISDIR(mode));
	xattrs_release(&xattrs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice given = slice_of(data, size);
	struct buffer acl = BUFFER_INIT;
	mode_t permissions = 0;

	if (acl_check(given)) {
		buffer_add(&acl, data, size);
		MUST(acl_permissions(given, &permissions) < 0);
		MUST(acl_chmod(&acl, 0644) < 0);
		buffer_release(&acl);
		return 0;
	}
	MUST(acl_permissions(given, &permissions) >= 0 && permissions <= 0777);
	try_chmod(given, 0);
	try_chmod(given, 0654);
	try_inherit(given, S_IFREG | 04755);
	try_inherit(given, S_IFDIR | 01731);
	return 0;
}
