/*
 * Whether somebody has a file open is for the kernel to say: it keeps an inode without a name just as
 * long as somebody uses it. Asked is by a notification that makes it look the attributes up again, which it
 * refuses for an inode that it does not have.
 */
#ifndef FS_IN_USE_H
#define FS_IN_USE_H

#include "fs/mount.h"

/* A files_in_use() of store/tree/tree.h; context is the mount. */
int in_use_ask(void *context, uint32_t space_id, const uint64_t *numbers, size_t count,
	       bool *ret_in_use);

#endif
