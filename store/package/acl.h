/*
 * POSIX ACLs: from the bytes the kernel keeps in an xattr to entries of an archive.
 */
#ifndef STORE_PACKAGE_ACL_H
#define STORE_PACKAGE_ACL_H

#include <archive_entry.h>

#include "store/base/bytes.h"

#define ACL_ACCESS_XATTR  "system.posix_acl_access"
#define ACL_DEFAULT_XATTR "system.posix_acl_default"

/*
 * Adds the ACL in value to entry. type is ARCHIVE_ENTRY_ACL_TYPE_ACCESS or _DEFAULT.
 * 0, -ENOMEM, or -EBADMSG when value is no ACL as the kernel writes it; entry then
 * has none of it.
 */
int acl_add_to_entry(struct archive_entry *entry, int type, struct slice value);

#endif
