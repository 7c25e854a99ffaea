/*
 * The two windows behind one set of calls. BUILD is the level's tree as it is; only the rule
 * that the top holds components stands before it. DELTA is in delta.c and delta_edit.c.
 */
#include "store/level/window.h"

#include <errno.h>
#include <stdio.h>
#include <sys/sysmacros.h>

#include "store/base/cleanup.h"
#include "store/base/error.h"
#include "store/level/delta.h"

/* The top of DELTA, BUILD and APPLY holds components only. */
static int check_component(uint64_t dir, const char *name, uint32_t mode)
{
	if (dir >= INODE_FIRST)
		return 0;
	return S_ISDIR(mode) ? name_check(name) : -CSM_COMPONENTS_ONLY;
}

/* INODE_BUILD or INODE_APPLY: which of the two trees a directory is in. */
static int tree_of(struct space *space, uint64_t dir, uint64_t *ret_root)
{
	for (int depth = 0; dir >= INODE_FIRST; depth++) {
		struct inode inode;
		int err = space_inode(space, dir, &inode);

		if (err)
			return err;
		if (inode.parent == 0 || depth > 100000)
			return -CSM_STALE;
		dir = inode.parent;
	}
	*ret_root = dir;
	return 0;
}

static int check_one_tree(struct space *space, uint64_t a, uint64_t b)
{
	uint64_t root_a, root_b;
	int err;

	if (a == b)
		return 0;
	err = tree_of(space, a, &root_a);
	if (!err)
		err = tree_of(space, b, &root_b);
	if (err)
		return err;
	return root_a == root_b ? 0 : -CSM_CROSSES_LEVELS;
}

int window_lookup(struct level *level, enum window window, uint64_t dir, const char *name,
		  struct window_entry *ret_entry)
{
	_cleanup_(delta_close) struct delta delta = { 0 };
	struct space *space;
	uint64_t base_dir;
	int err = level_space(level, &space);

	if (err)
		return err;
	ret_entry->whiteout = false;
	if (window == WINDOW_BUILD)
		return space_lookup(space, dir, name, &ret_entry->inode);
	err = delta_open(level, &delta);
	if (!err)
		err = delta_base_directory(&delta, dir, &base_dir);
	if (!err)
		err = delta_entry(&delta, dir, base_dir, name, ret_entry);
	if (!err && !ret_entry->whiteout) /* what open files hold shows here too */
		err = space_inode(space, ret_entry->inode.number, &ret_entry->inode);
	return err;
}

int window_directory(struct level *level, enum window window, uint64_t dir, struct inode *ret_inode)
{
	struct space *space;
	int err = level_space(level, &space);

	(void)window;
	return err ? err : space_inode(space, dir, ret_inode);
}

struct build_list {
	window_list_each each;
	void *context;
};

static int list_build(void *context, const char *name, uint64_t number, uint32_t type)
{
	struct build_list *list = context;

	return list->each(list->context, name, number, type, false);
}

int window_list(struct level *level, enum window window, uint64_t dir, window_list_each each,
		void *context)
{
	_cleanup_(delta_close) struct delta delta = { 0 };
	_cleanup_(cleanup_view) struct view *view = NULL;
	struct build_list list = { each, context };
	struct space *space;
	uint64_t base_dir;
	int err = level_space(level, &space);

	if (err)
		return err;
	if (window == WINDOW_BUILD) {
		view = space_view(space);
		return view_list(view, dir, list_build, &list);
	}
	err = delta_open(level, &delta);
	if (!err)
		err = delta_base_directory(&delta, dir, &base_dir);
	return err ? err : delta_each(&delta, dir, base_dir, each, context);
}

/* It is there already: it was made for this request. */
static int made(struct level *level, enum window window, uint64_t dir, const char *name,
		const struct new_inode *new_inode, struct window_entry *ret_entry)
{
	int err = 0;

	if (window == WINDOW_DELTA)
		err = delta_finish_create(level, dir, name, new_inode);
	return err ? err : window_lookup(level, window, dir, name, ret_entry);
}

int window_create(struct level *level, enum window window, uint64_t dir, const char *name,
		  const struct new_inode *new_inode, struct window_entry *ret_entry)
{
	bool whiteout = S_ISCHR(new_inode->mode) && new_inode->rdev == makedev(0, 0);
	struct space *space;
	int err = level_space(level, &space);

	if (!err && request_is_done())
		return made(level, window, dir, name, new_inode, ret_entry);
	if (!err)
		err = space_frozen(space); /* a locked level says so before anything else */
	if (!err && !(whiteout && window == WINDOW_DELTA)) /* a component is deleted at the top */
		err = check_component(dir, name, new_inode->mode);
	if (err)
		return err;
	if (window == WINDOW_DELTA)
		return delta_create(level, dir, name, new_inode, ret_entry);
	if (whiteout)
		return -CSM_OVERLAY_MARK; /* DELTA could not tell it from a deletion */
	ret_entry->whiteout = false;
	return space_create(space, dir, name, new_inode, 0, &ret_entry->inode);
}

int window_link(struct level *level, enum window window, uint64_t number, uint64_t dir,
		const char *name, struct inode *ret_inode)
{
	struct space *space;
	struct inode inode;
	int err = level_space(level, &space);

	if (!err && request_is_done())
		return space_inode(space, number, ret_inode);
	if (!err)
		err = space_frozen(space);
	if (!err)
		err = check_component(dir, name, S_IFREG);
	if (!err)
		err = space_inode(space, number, &inode);
	if (!err && inode.parent)
		err = check_one_tree(space, inode.parent, dir);
	if (err)
		return err;
	if (window == WINDOW_DELTA)
		return delta_link(level, number, dir, name, ret_inode);
	return space_link(space, number, dir, name, 0, ret_inode);
}

static int removed(struct level *level, enum window window, uint64_t dir, const char *name)
{
	return window == WINDOW_DELTA ? delta_finish_remove(level, dir, name) : 0;
}

int window_unlink(struct level *level, enum window window, uint64_t dir, const char *name)
{
	struct space *space;
	int err = level_space(level, &space);

	if (!err && request_is_done())
		return removed(level, window, dir, name);
	if (!err)
		err = space_frozen(space);
	if (err)
		return err;
	return window == WINDOW_DELTA ? delta_unlink(level, dir, name)
				      : space_unlink(space, dir, name);
}

int window_rmdir(struct level *level, enum window window, uint64_t dir, const char *name)
{
	struct space *space;
	int err = level_space(level, &space);

	if (!err && request_is_done())
		return removed(level, window, dir, name);
	if (!err)
		err = space_frozen(space);
	if (err)
		return err;
	return window == WINDOW_DELTA ? delta_rmdir(level, dir, name)
				      : space_rmdir(space, dir, name);
}

int window_rename(struct level *level, enum window window, uint64_t dir, const char *name,
		  uint64_t new_dir, const char *new_name, unsigned rename_flags)
{
	struct space *space;
	struct inode inode;
	int err = level_space(level, &space);

	if (!err && request_is_done())
		return window == WINDOW_DELTA && !(rename_flags & RENAME_EXCHANGE)
			       ? delta_finish_rename(level, dir, name)
			       : 0;
	if (!err)
		err = space_frozen(space);
	if (!err)
		err = check_one_tree(space, dir, new_dir);
	if (!err && new_dir < INODE_FIRST) {
		err = space_lookup(space, dir, name, &inode);
		if (!err)
			err = check_component(new_dir, new_name, inode.mode);
	}
	if (!err && dir < INODE_FIRST && (rename_flags & RENAME_EXCHANGE)) {
		err = space_lookup(space, new_dir, new_name, &inode);
		if (!err)
			err = check_component(dir, name, inode.mode);
	}
	if (err)
		return err;
	if (window == WINDOW_DELTA)
		return delta_rename(level, dir, name, new_dir, new_name, rename_flags);
	return space_rename(space, dir, name, new_dir, new_name, rename_flags, 0);
}

int window_opaque(struct level *level, uint64_t dir)
{
	_cleanup_(delta_close) struct delta delta = { 0 };
	uint64_t base_dir;
	int err = delta_open(level, &delta);

	if (!err)
		err = delta_base_directory(&delta, dir, &base_dir);
	return err ? err : delta_is_opaque(&delta, dir, base_dir);
}

int window_set_opaque(struct level *level, uint64_t dir)
{
	struct space *space;
	int err = level_space(level, &space);

	if (!err)
		err = space_frozen(space);
	if (!err && dir < INODE_FIRST)
		err = -CSM_COMPONENTS_ONLY;
	return err ? err : delta_set_opaque(level, dir);
}
