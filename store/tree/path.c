/*
 * From a number to a path, for messages: numbers are what rows know, paths are what people know.
 */
#include <errno.h>

#include "store/tree/merge.h"

/* How deep a path may be before it is taken for a ring in damaged rows. */
enum { PATH_DEPTH_MAX = 10000 };

/* The first of several names; -ENOENT when there is none. */
static int first_link(struct view *view, struct inode *inode)
{
	_cleanup_(cleanup_merge) struct merge *merge = NULL;
	int err = merge_new(view, 0, view->count, ROW_LINK, inode->number, &merge);

	for (; !err && merge_valid(merge); merge_next(merge))
		if (row_decode_link(merge_value(merge)) == 0)
			return link_parse(merge_rest(merge), &inode->parent, inode->name);
	if (!err)
		err = merge_error(merge);
	return err ? err : -ENOENT;
}

static void put_before(struct buffer *path, const char *name)
{
	struct buffer longer = BUFFER_INIT;

	buffer_text(&longer, name);
	if (path->size)
		buffer_u8(&longer, '/');
	buffer_add(&longer, path->data, path->size);
	buffer_release(path);
	*path = longer;
}

int view_path(struct view *view, uint64_t number, struct buffer *ret_path)
{
	_cleanup_(cleanup_buffer) struct buffer path = BUFFER_INIT;

	for (int depth = 0; number >= INODE_FIRST; depth++) {
		struct inode inode;
		int err = view_inode(view, number, &inode);

		if (!err && !inode.name[0])
			err = first_link(view, &inode);
		if (err)
			return err;
		if (depth > PATH_DEPTH_MAX)
			return -ENOENT;
		put_before(&path, inode.name);
		number = inode.parent;
	}
	if (buffer_failed(&path))
		return -ENOMEM;
	return buffer_set(ret_path, path.data, path.size);
}
