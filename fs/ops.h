/*
 * The requests of the kernel, by family; fs/ops.c puts them into the table. Each replies
 * exactly once and returns nothing.
 */
#ifndef FS_OPS_H
#define FS_OPS_H

#include "fs/mount.h"

/* The whole table; the session's user data is a struct mount. */
const struct fuse_lowlevel_ops *ops_table(void);

/* Each puts its family into the table. */
void ops_name(struct fuse_lowlevel_ops *ops);
void ops_directory(struct fuse_lowlevel_ops *ops);
void ops_file(struct fuse_lowlevel_ops *ops);
void ops_attributes(struct fuse_lowlevel_ops *ops);
void ops_xattr(struct fuse_lowlevel_ops *ops);

#endif
