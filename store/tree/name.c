/*
 * Making and removing names: create, link, unlink, rmdir. (rename is in rename.c.)
 *
 * An inode with one name carries it in its row, so that its place is found by number
 * alone. From the second name on the names are link rows, and stay link rows when only
 * one is left.
 */
#include <errno.h>
#include <stdlib.h>

#include "store/tree/merge.h"
#include "store/tree/name.h"

int name_length_check(const char *name)
{
	size_t size = strlen(name);

	if (size == 0 || strchr(name, '/') || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return -EINVAL;
	return size > NAME_LENGTH_MAX ? -ENAMETOOLONG : 0;
}

int name_directory(struct edit *edit, uint64_t dir, struct inode **ret_dir)
{
	int err = edit_inode(edit, dir, ret_dir);

	if (err)
		return err;
	if (!S_ISDIR((*ret_dir)->mode))
		return -ENOTDIR;
	return (*ret_dir)->nlink ? 0 : -ENOENT;
}

void name_changed_directory(struct edit *edit, struct inode *dir)
{
	dir->mtime = edit->now;
	dir->ctime = edit->now;
}

static void put_link(struct edit *edit, uint64_t number, uint64_t dir, const char *name)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;
	struct row_key key;

	key_link(&key, edit->tip, number, dir, name);
	row_encode_link(&value);
	kv_batch_put(&edit->batch, key_slice(&key), buffer_slice(&value));
}

int name_attach(struct edit *edit, struct inode *inode, struct inode *dir, const char *name,
		enum edit_flags flags)
{
	struct dirent_row row = {
		.number = inode->number,
		.type = inode->mode & S_IFMT,
		.is_explicit = flags & EDIT_EXPLICIT,
	};

	if (inode->parent == 0 && (inode->nlink == 0 || S_ISDIR(inode->mode))) {
		inode->parent = dir->number;
		memset(inode->name, 0, sizeof(inode->name));
		memcpy(inode->name, name, strlen(name));
	} else {
		if (inode->parent)
			put_link(edit, inode->number, inode->parent, inode->name);
		inode->parent = 0;
		memset(inode->name, 0, sizeof(inode->name));
		put_link(edit, inode->number, dir->number, name);
	}
	return edit_dirent(edit, dir->number, name, &row);
}

int name_detach(struct edit *edit, struct inode *inode, struct inode *dir, const char *name)
{
	struct row_key key;

	if (inode->parent == dir->number && strcmp(inode->name, name) == 0) {
		inode->parent = 0;
		memset(inode->name, 0, sizeof(inode->name));
	} else {
		int err;

		key_link(&key, edit->tip, inode->number, dir->number, name);
		err = edit_hide_row(edit, &key);
		if (err)
			return err;
	}
	return edit_dirent(edit, dir->number, name, NULL);
}

int name_release(struct edit *edit, struct inode *inode)
{
	inode->ctime = edit->now;
	if (inode->nlink > 0)
		return 0;
	if (S_ISREG(inode->mode) && orphan_may_be_open(edit->space, inode->number)) {
		orphan_put(edit, inode->number);
		return 0;
	}
	return edit_remove_inode(edit, inode);
}

int edit_put_xattrs(struct edit *edit, struct inode *inode, const struct xattrs *xattrs)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;
	struct row_key key;

	key_row(&key, edit->tip, ROW_XATTRS, inode->number);
	inode->has_xattrs = xattrs->count > 0;
	if (!inode->has_xattrs) {
		kv_batch_delete(&edit->batch, key_slice(&key));
		return 0;
	}
	row_encode_xattrs(xattrs, &value);
	if (buffer_failed(&value))
		return -ENOMEM;
	if (value.size > XATTRS_SIZE_LIMIT)
		return -ENOSPC;
	kv_batch_put(&edit->batch, key_slice(&key), buffer_slice(&value));
	return 0;
}

int name_new_inode(struct edit *edit, const struct new_inode *new_inode, const struct inode *dir,
		   struct inode **ret_inode)
{
	struct inode *inode;
	struct row_key key;
	int err = edit_new_inode(edit, &inode);

	if (err)
		return err;
	inode->mode = new_inode->mode & (S_IFMT | 07777);
	inode->uid = new_inode->uid;
	inode->gid = new_inode->gid;
	if (S_ISCHR(inode->mode) || S_ISBLK(inode->mode))
		inode->rdev = new_inode->rdev;
	if (dir && (dir->mode & S_ISGID)) {
		inode->gid = dir->gid;
		if (S_ISDIR(inode->mode))
			inode->mode |= S_ISGID;
	}
	if (S_ISLNK(inode->mode)) {
		size_t size = new_inode->target ? strlen(new_inode->target) : 0;

		if (size == 0)
			return -ENOENT;
		if (size > TARGET_LENGTH_MAX)
			return -ENAMETOOLONG;
		inode->size = size;
		key_row(&key, edit->tip, ROW_TARGET, inode->number);
		kv_batch_put(&edit->batch, key_slice(&key), slice_of(new_inode->target, size));
	}
	if (new_inode->xattrs && new_inode->xattrs->count > 0) {
		err = edit_put_xattrs(edit, inode, new_inode->xattrs);
		if (err)
			return err;
	}
	*ret_inode = inode;
	return 0;
}

int space_create(struct space *space, uint64_t dir_number, const char *name,
		 const struct new_inode *new_inode, enum edit_flags flags, struct inode *ret_inode)
{
	_cleanup_(cleanup_edit) struct edit edit;
	struct inode *dir, *inode;
	uint64_t there;
	int err = edit_begin(&edit, space);

	if (!err)
		err = name_length_check(name);
	if (!err)
		err = name_directory(&edit, dir_number, &dir);
	if (err)
		return err;
	err = view_lookup(edit.view, dir_number, name, &there);
	if (err != -ENOENT)
		return err ? err : -EEXIST;
	err = name_new_inode(&edit, new_inode, dir, &inode);
	if (!err)
		err = name_attach(&edit, inode, dir, name, flags);
	if (err)
		return err;
	inode->nlink = 1;
	if (S_ISDIR(inode->mode)) {
		inode->nlink = 2;
		dir->nlink++;
	}
	name_changed_directory(&edit, dir);
	err = edit_touch_directory(&edit, dir_number);
	if (!err)
		err = edit_commit(&edit);
	if (!err)
		*ret_inode = *inode;
	return err;
}

int space_link(struct space *space, uint64_t number, uint64_t dir_number, const char *name,
	       enum edit_flags flags, struct inode *ret_inode)
{
	_cleanup_(cleanup_edit) struct edit edit;
	struct inode *dir, *inode;
	uint64_t there;
	int err = edit_begin(&edit, space);

	if (!err)
		err = name_length_check(name);
	if (!err)
		err = edit_inode(&edit, number, &inode);
	if (!err)
		err = name_directory(&edit, dir_number, &dir);
	if (err)
		return err;
	if (S_ISDIR(inode->mode))
		return -EPERM;
	if (inode->nlink == 0)
		return -ENOENT;
	if (inode->nlink >= LINKS_MAX)
		return -EMLINK;
	err = view_lookup(edit.view, dir_number, name, &there);
	if (err != -ENOENT)
		return err ? err : -EEXIST;
	err = name_attach(&edit, inode, dir, name, flags);
	if (err)
		return err;
	inode->nlink++;
	inode->ctime = edit.now;
	name_changed_directory(&edit, dir);
	err = edit_touch_directory(&edit, dir_number);
	if (!err)
		err = edit_commit(&edit);
	if (!err)
		*ret_inode = *inode;
	if (!err)
		files_overlay(space, ret_inode);
	return err;
}

int space_unlink(struct space *space, uint64_t dir_number, const char *name)
{
	_cleanup_(cleanup_edit) struct edit edit;
	struct inode *dir, *inode;
	uint64_t number;
	int err = edit_begin(&edit, space);

	if (!err)
		err = name_directory(&edit, dir_number, &dir);
	if (!err)
		err = view_lookup(edit.view, dir_number, name, &number);
	if (!err)
		err = edit_inode(&edit, number, &inode);
	if (err)
		return err;
	if (S_ISDIR(inode->mode))
		return -EISDIR;
	err = name_detach(&edit, inode, dir, name);
	if (err)
		return err;
	inode->nlink -= inode->nlink > 0;
	name_changed_directory(&edit, dir);
	err = name_release(&edit, inode);
	if (!err)
		err = edit_touch_directory(&edit, dir_number);
	return err ? err : edit_commit(&edit);
}

static int list_has_one(void *context, const char *name, uint64_t number, uint32_t type)
{
	(void)context;
	(void)name;
	(void)number;
	(void)type;
	return 1;
}

int name_directory_is_empty(struct edit *edit, const struct inode *dir)
{
	int found = view_list(edit->view, dir->number, list_has_one, NULL);

	return found < 0 ? found : found == 0;
}

int space_rmdir(struct space *space, uint64_t dir_number, const char *name)
{
	_cleanup_(cleanup_edit) struct edit edit;
	struct inode *dir, *inode;
	uint64_t number;
	int err = edit_begin(&edit, space), empty;

	if (!err)
		err = name_directory(&edit, dir_number, &dir);
	if (!err)
		err = view_lookup(edit.view, dir_number, name, &number);
	if (!err)
		err = edit_inode(&edit, number, &inode);
	if (err)
		return err;
	if (!S_ISDIR(inode->mode))
		return -ENOTDIR;
	empty = name_directory_is_empty(&edit, inode);
	if (empty <= 0)
		return empty ? empty : -ENOTEMPTY;
	err = name_detach(&edit, inode, dir, name);
	if (err)
		return err;
	inode->nlink = 0;
	dir->nlink -= dir->nlink > 2;
	name_changed_directory(&edit, dir);
	err = name_release(&edit, inode);
	if (!err)
		err = edit_touch_directory(&edit, dir_number);
	return err ? err : edit_commit(&edit);
}

int space_mark(struct space *space, uint64_t dir_number, const char *name, enum edit_flags flags)
{
	_cleanup_(cleanup_edit) struct edit edit;
	struct dirent_row row = { .is_explicit = flags & EDIT_EXPLICIT };
	struct inode *inode;
	int err = edit_begin(&edit, space);

	if (!err)
		err = view_lookup(edit.view, dir_number, name, &row.number);
	if (!err)
		err = edit_inode(&edit, row.number, &inode);
	if (err)
		return err;
	row.type = inode->mode & S_IFMT;
	err = edit_dirent(&edit, dir_number, name, &row);
	if (!err)
		err = edit_touch_directory(&edit, dir_number);
	return err ? err : edit_commit(&edit);
}
