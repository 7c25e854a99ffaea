/*
 * Whole subtrees: removing one, and copying one out of a view. Both go entry by entry in
 * bounded edits. A copied directory grows under INODE_STAGE, where nobody looks, and gets
 * its name last: a crash leaves it there and the next opening of the space sweeps it away.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/tree/name.h"

enum { DEPTH_MAX = 10000 };

struct names {
	struct buffer text;
	size_t count;
};

static int collect(void *context, const char *name, uint64_t number, uint32_t type)
{
	struct names *names = context;

	(void)number;
	(void)type;
	buffer_add(&names->text, name, strlen(name) + 1);
	names->count++;
	return 0;
}

static void release_names(struct names *names)
{
	buffer_release(&names->text);
}

static int list_names(struct view *view, uint64_t dir, struct names *ret_names)
{
	int err = view_list(view, dir, collect, ret_names);

	return !err && buffer_failed(&ret_names->text) ? -ENOMEM : err;
}

static int remove_all(struct space *space, uint64_t dir, const char *name, int depth);

static int remove_below(struct space *space, uint64_t dir, const struct names *names, int depth)
{
	int err = 0;

	REQUEST_PAUSED; /* who asked for it is served when the top goes */
	for (size_t at = 0; !err && at < names->text.size;
	     at += strlen((char *)names->text.data + at) + 1)
		err = remove_all(space, dir, (char *)names->text.data + at, depth + 1);
	return err;
}

static int remove_all(struct space *space, uint64_t dir, const char *name, int depth)
{
	_cleanup_(release_names) struct names names = { BUFFER_INIT, 0 };
	_cleanup_(cleanup_view) struct view *view = space_view(space);
	struct inode inode;
	uint64_t number;
	int err = view_lookup(view, dir, name, &number);

	if (depth > DEPTH_MAX)
		return -ELOOP;
	if (!err)
		err = view_inode(view, number, &inode);
	if (err)
		return err;
	if (!S_ISDIR(inode.mode))
		return space_unlink(space, dir, name);
	err = list_names(view, number, &names);
	if (!err)
		err = remove_below(space, number, &names, depth);
	return err ? err : space_rmdir(space, dir, name);
}

int space_remove_all(struct space *space, uint64_t dir, const char *name)
{
	return remove_all(space, dir, name, 0);
}

/* ---- copying ---- */

/* Everything of one inode but what is below it, under a new name. */
static int copy_one(struct space *space, struct view *view, const struct inode *from,
		    uint64_t dir_number, const char *name, enum edit_flags flags,
		    uint64_t *ret_number)
{
	_cleanup_(cleanup_buffer) struct buffer target = BUFFER_INIT;
	_cleanup_(xattrs_release) struct xattrs xattrs = XATTRS_INIT;
	_cleanup_(cleanup_edit) struct edit edit;
	struct new_inode new_inode = {
		.mode = from->mode,
		.uid = from->uid,
		.gid = from->gid,
		.rdev = from->rdev,
		.xattrs = &xattrs,
	};
	struct inode *dir, *inode;
	uint64_t there;
	int err = edit_begin(&edit, space);

	if (!err)
		err = name_directory(&edit, dir_number, &dir);
	if (!err)
		err = view_xattrs(view, from, &xattrs);
	if (!err && S_ISLNK(from->mode)) {
		err = view_target(view, from->number, &target);
		buffer_u8(&target, 0);
		if (!err && buffer_failed(&target))
			err = -ENOMEM;
		new_inode.target = (const char *)target.data;
	}
	if (err)
		return err;
	err = view_lookup(edit.view, dir_number, name, &there);
	if (err != -ENOENT)
		return err ? err : -EEXIST;
	err = name_new_inode(&edit, &new_inode, NULL, &inode);
	if (!err)
		err = name_attach(&edit, inode, dir, name, flags);
	if (err)
		return err;
	inode->nlink = 1;
	if (S_ISDIR(inode->mode)) {
		inode->nlink = 2;
		dir->nlink++;
	}
	inode->atime = from->atime;
	inode->mtime = from->mtime;
	if (S_ISREG(from->mode))
		err = edit_share_content(&edit, view, from, inode);
	name_changed_directory(&edit, dir);
	if (!err)
		err = edit_touch_directory(&edit, dir_number);
	if (!err)
		err = edit_commit(&edit);
	*ret_number = inode->number;
	return err;
}

static int copy_tree(struct space *space, struct view *view, uint64_t from, uint64_t dir,
		     const char *name, enum edit_flags flags, int depth)
{
	_cleanup_(release_names) struct names names = { BUFFER_INIT, 0 };
	struct attr_change times = { .set = SET_ATIME | SET_MTIME };
	struct inode inode;
	uint64_t number = 0;
	int err;

	if (depth > DEPTH_MAX)
		return -ELOOP;
	/* what view refers to must not be collected before the copy refers to it as well */
	chunks_enter(space->trees->chunks);
	err = view_inode(view, from, &inode);
	if (!err)
		err = copy_one(space, view, &inode, dir, name, flags, &number);
	chunks_leave(space->trees->chunks);
	if (err || !S_ISDIR(inode.mode))
		return err;
	err = list_names(view, from, &names);
	for (size_t at = 0; !err && at < names.text.size;
	     at += strlen((char *)names.text.data + at) + 1) {
		const char *below = (char *)names.text.data + at;
		uint64_t child;

		err = view_lookup(view, from, below, &child);
		if (!err)
			err = copy_tree(space, view, child, number, below, 0, depth + 1);
	}
	times.atime = inode.atime;
	times.mtime = inode.mtime;
	return err ? err : space_setattr(space, number, &times, &inode);
}

int space_stage_name(struct space *space, char ret_name[STAGE_NAME_SIZE])
{
	uint64_t number;
	int err = trees_new_number(space->trees, &number);

	if (!err)
		snprintf(ret_name, STAGE_NAME_SIZE, "%llx", (unsigned long long)number);
	return err;
}

static void drop_stage(struct space *space, const char *stage)
{
	REQUEST_PAUSED;
	space_remove_all(space, INODE_STAGE, stage);
}

static int copy_to_stage(struct space *space, struct view *view, uint64_t number, const char *stage)
{
	REQUEST_PAUSED;
	return copy_tree(space, view, number, INODE_STAGE, stage, 0, 0);
}

int space_copy_from(struct space *space, struct view *view, uint64_t number, uint64_t dir,
		    const char *name, enum edit_flags flags)
{
	char stage[STAGE_NAME_SIZE];
	struct inode inode;
	int err = view_inode(view, number, &inode);

	if (err)
		return err;
	if (!S_ISDIR(inode.mode))
		return copy_tree(space, view, number, dir, name, flags, 0);
	err = space_stage_name(space, stage);
	if (err)
		return err;
	err = copy_to_stage(space, view, number, stage);
	if (!err)
		err = space_rename(space, INODE_STAGE, stage, dir, name, RENAME_NOREPLACE, flags);
	if (err)
		drop_stage(space, stage);
	return err;
}
