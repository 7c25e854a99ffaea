/*
 * Attributes and xattrs. A change of times alone is not a change of the level: it writes
 * the inode's row and marks nothing, so that DELTA and digests stay as they are.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/xattr.h>

#include "store/tree/name.h"

static uint32_t without_privileges(uint32_t mode)
{
	if (S_ISDIR(mode))
		return mode;
	mode &= ~(uint32_t)S_ISUID;
	if (mode & S_IXGRP)
		mode &= ~(uint32_t)S_ISGID;
	return mode;
}

int edit_apply(struct edit *edit, struct inode *inode, const struct attr_change *change)
{
	struct inode before = *inode;
	int err = 0;

	if (change->set & SET_MODE)
		inode->mode = (inode->mode & S_IFMT) | (change->mode & 07777);
	if (change->set & SET_UID)
		inode->uid = change->uid;
	if (change->set & SET_GID)
		inode->gid = change->gid;
	if (change->kill_priv)
		inode->mode = without_privileges(inode->mode);
	if (change->set & SET_ATIME)
		inode->atime = change->atime;
	if (change->set & SET_MTIME)
		inode->mtime = change->mtime;
	inode->ctime = change->set & SET_CTIME ? change->ctime : edit->now;
	if (change->xattrs)
		err = edit_put_xattrs(edit, inode, change->xattrs);
	if (err)
		return err;
	if (change->xattrs || inode->mode != before.mode || inode->uid != before.uid ||
	    inode->gid != before.gid)
		return edit_touch(edit, inode);
	return 0;
}

int space_setattr(struct space *space, uint64_t number, const struct attr_change *change,
		  struct inode *ret_inode)
{
	_cleanup_(cleanup_edit) struct edit edit = { .locked = false };
	struct inode *inode;
	int err;

	if (change->set & SET_SIZE)
		return files_set_size(space, number, change, ret_inode);
	/* what was written before must not overwrite the times that are set now */
	err = files_flush(space, number);
	if (err)
		return err;
	err = edit_begin(&edit, space);
	if (!err)
		err = edit_inode(&edit, number, &inode);
	if (!err)
		err = edit_apply(&edit, inode, change);
	if (!err)
		err = edit_commit(&edit);
	if (err)
		return err;
	*ret_inode = *inode;
	files_overlay(space, ret_inode);
	return 0;
}

int space_getxattr(struct space *space, uint64_t number, const char *name, struct buffer *ret_value)
{
	_cleanup_(xattrs_release) struct xattrs xattrs = XATTRS_INIT;
	const struct xattr *found;
	struct inode inode;
	int err;

	WITH_READ(&space->lock);
	err = view_inode(space->view, number, &inode);
	if (!err)
		err = view_xattrs(space->view, &inode, &xattrs);
	if (err)
		return err;
	found = xattrs_find(&xattrs, name);
	if (!found)
		return -ENODATA;
	return buffer_set(ret_value, found->value.data, found->value.size);
}

int space_listxattr(struct space *space, uint64_t number, struct buffer *ret_names)
{
	_cleanup_(xattrs_release) struct xattrs xattrs = XATTRS_INIT;
	struct inode inode;
	int err;

	WITH_READ(&space->lock);
	err = view_inode(space->view, number, &inode);
	if (!err)
		err = view_xattrs(space->view, &inode, &xattrs);
	if (err)
		return err;
	buffer_clear(ret_names);
	for (size_t i = 0; i < xattrs.count; i++)
		buffer_add(ret_names, xattrs.list[i].name, strlen(xattrs.list[i].name) + 1);
	return buffer_failed(ret_names) ? -ENOMEM : 0;
}

/* A copy of from's list with name set to value, or without it; points into from and the arguments. */
static int changed_list(const struct xattrs *from, const char *name, const struct slice *value,
			struct xattrs *ret_xattrs)
{
	size_t count = 0;
	bool placed = !value;

	ret_xattrs->list = calloc(from->count + 1, sizeof(*ret_xattrs->list));
	if (!ret_xattrs->list)
		return -ENOMEM;
	for (size_t i = 0; i < from->count; i++) {
		int order = strcmp(from->list[i].name, name);

		if (order >= 0 && !placed) {
			ret_xattrs->list[count++] = (struct xattr){ name, *value };
			placed = true;
		}
		if (order != 0)
			ret_xattrs->list[count++] = from->list[i];
	}
	if (!placed)
		ret_xattrs->list[count++] = (struct xattr){ name, *value };
	ret_xattrs->count = count;
	return 0;
}

static size_t names_size(const struct xattrs *xattrs)
{
	size_t size = 0;

	for (size_t i = 0; i < xattrs->count; i++)
		size += strlen(xattrs->list[i].name) + 1;
	return size;
}

int space_setxattr(struct space *space, uint64_t number, const char *name,
		   const struct slice *value, int flags, uint32_t mode)
{
	_cleanup_(xattrs_release) struct xattrs before = XATTRS_INIT, after = XATTRS_INIT;
	_cleanup_(cleanup_edit) struct edit edit;
	const struct xattr *found;
	struct inode *inode;
	int err = edit_begin(&edit, space);

	if (!err && (strlen(name) == 0 || strlen(name) > NAME_LENGTH_MAX))
		err = -ERANGE;
	if (!err && value && value->size > XATTR_SIZE_LIMIT)
		err = -E2BIG;
	if (!err)
		err = edit_inode(&edit, number, &inode);
	if (!err)
		err = view_xattrs(edit.view, inode, &before);
	if (err)
		return err;
	found = xattrs_find(&before, name);
	if (found && (flags & XATTR_CREATE))
		return -EEXIST;
	if (!found && (!value || (flags & XATTR_REPLACE)))
		return -ENODATA;
	err = changed_list(&before, name, value, &after);
	/* the kernel lists no more than that: names beyond could be neither seen nor copied */
	if (!err && !found && names_size(&after) > XATTR_NAMES_LIMIT)
		err = -ENOSPC;
	if (!err)
		err = edit_put_xattrs(&edit, inode, &after);
	if (err)
		return err;
	if (mode)
		inode->mode = (inode->mode & S_IFMT) | (mode & 07777);
	inode->ctime = edit.now;
	err = edit_touch(&edit, inode);
	return err ? err : edit_commit(&edit);
}
