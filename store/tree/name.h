/*
 * The steps that name.c, rename.c and copy.c make their edits of. All work on a begun
 * edit and commit nothing.
 */
#ifndef STORE_TREE_NAME_H
#define STORE_TREE_NAME_H

#include "store/tree/tree_internal.h"

/* 0, -EINVAL, -ENAMETOOLONG. */
int name_length_check(const char *name);
/* A directory that can take names: -ENOTDIR, -ENOENT when it is removed, -CSM_STALE. */
int name_directory(struct edit *edit, uint64_t dir, struct inode **ret_dir);
/* Its entries changed: times. The touch is the caller's. */
void name_changed_directory(struct edit *edit, struct inode *dir);
/* A new inode with owner, target and xattrs, without a name; dir (may be NULL) hands its group on. */
int name_new_inode(struct edit *edit, const struct new_inode *new_inode, const struct inode *dir,
		   struct inode **ret_inode);
/* Gives the inode the name, or takes it. nlink is the caller's, and is raised after, lowered after. */
int name_attach(struct edit *edit, struct inode *inode, struct inode *dir, const char *name,
		enum edit_flags flags);
int name_detach(struct edit *edit, struct inode *inode, struct inode *dir, const char *name);
/* After a name was taken: with nlink 0 the inode goes, or becomes an orphan while it is open. */
int name_release(struct edit *edit, struct inode *inode);
/* 1 empty, 0 not, or a failure. */
int name_directory_is_empty(struct edit *edit, const struct inode *dir);
/* Replaces all xattrs of a staged inode. -ENOSPC when they are too many. */
int edit_put_xattrs(struct edit *edit, struct inode *inode, const struct xattrs *xattrs);

#endif
