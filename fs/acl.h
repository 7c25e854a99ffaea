/*
 * POSIX ACLs as the kernel hands them over: the bytes of the system.posix_acl_* attributes.
 * The kernel checks them; what a file system does with them at create, chmod and setfacl is
 * done here, on bytes alone.
 */
#ifndef FS_ACL_H
#define FS_ACL_H

#include <sys/types.h>

#include "store/store.h"

#define ACL_ACCESS  "system.posix_acl_access"
#define ACL_DEFAULT "system.posix_acl_default"

/* 0, or -EINVAL when bytes are no valid ACL. The kernel checked it; the store may be damaged. */
int acl_check(struct slice bytes);

/*
 * The permissions that an access ACL means: owner, mask (or group) and others. 1 when the ACL
 * says no more than the permissions do, so that it need not be kept; 0 when it does; -EINVAL.
 */
int acl_permissions(struct slice bytes, mode_t *ret_permissions);

/* chmod: changes the ACL in bytes so that it means permissions. 0 or -EINVAL. */
int acl_chmod(struct buffer *bytes, mode_t permissions);

/*
 * create: what an entry of mode made in a directory with this default ACL starts with.
 * ret_mode is mode cut by the ACL; ret_xattrs (released by the caller) gets the access ACL, and
 * for a directory the default ACL. 0, -EINVAL, -ENOMEM.
 */
int acl_inherit(struct slice default_acl, mode_t mode, mode_t *ret_mode, struct xattrs *ret_xattrs);

#endif
