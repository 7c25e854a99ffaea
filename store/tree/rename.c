/*
 * rename(2) with RENAME_NOREPLACE and RENAME_EXCHANGE. A directory moves by its name
 * alone: everything below it stays as it is, so the cost does not depend on its size.
 */
#include <errno.h>
#include <stdio.h>

#include "store/tree/name.h"

struct side {
	struct inode *dir;
	const char *name;
	struct inode *inode; /* NULL: nothing there */
};

static int find_side(struct edit *edit, uint64_t dir, const char *name, struct side *ret_side)
{
	uint64_t number;
	int err = name_directory(edit, dir, &ret_side->dir);

	ret_side->name = name;
	ret_side->inode = NULL;
	if (err)
		return err;
	err = view_lookup(edit->view, dir, name, &number);
	if (err)
		return err == -ENOENT ? 0 : err;
	return edit_inode(edit, number, &ret_side->inode);
}

/* -EINVAL when dir is inode or below it: a directory cannot go into itself. */
static int check_not_below(struct edit *edit, const struct inode *inode, uint64_t dir)
{
	if (!S_ISDIR(inode->mode))
		return 0;
	for (int depth = 0; dir >= INODE_FIRST; depth++) {
		struct inode above;
		int err;

		if (dir == inode->number)
			return -EINVAL;
		if (depth > 100000)
			return -CSM_ROW_CORRUPT;
		err = view_inode(edit->view, dir, &above);
		if (err)
			return err;
		dir = above.parent;
	}
	return 0;
}

static int replace_target(struct edit *edit, struct side *from, struct side *to)
{
	bool from_dir = S_ISDIR(from->inode->mode), to_dir = S_ISDIR(to->inode->mode);
	int err;

	if (from_dir && !to_dir)
		return -ENOTDIR;
	if (!from_dir && to_dir)
		return -EISDIR;
	if (to_dir) {
		int empty = name_directory_is_empty(edit, to->inode);

		if (empty <= 0)
			return empty ? empty : -ENOTEMPTY;
	}
	err = name_detach(edit, to->inode, to->dir, to->name);
	if (err)
		return err;
	if (to_dir) {
		to->inode->nlink = 0;
		to->dir->nlink -= to->dir->nlink > 2;
	} else {
		to->inode->nlink -= to->inode->nlink > 0;
	}
	return name_release(edit, to->inode);
}

/* Moves the name from one place to another where nothing is (any more). */
static int move(struct edit *edit, struct inode *inode, struct side *from, struct side *to,
		enum edit_flags flags)
{
	uint32_t nlink = inode->nlink;
	bool one_name = inode->parent != 0;
	int err = name_detach(edit, inode, from->dir, from->name);

	if (err)
		return err;
	if (one_name)
		inode->nlink = 0; /* so that attach puts the name into the inode again */
	err = name_attach(edit, inode, to->dir, to->name, flags);
	inode->nlink = nlink;
	inode->ctime = edit->now;
	if (S_ISDIR(inode->mode) && from->dir != to->dir) {
		from->dir->nlink -= from->dir->nlink > 2;
		to->dir->nlink++;
	}
	return err;
}

static int exchange(struct edit *edit, struct side *a, struct side *b, enum edit_flags flags)
{
	struct inode *inode_a = a->inode, *inode_b = b->inode;
	struct side target_a = *b, target_b = *a;
	int err;

	err = check_not_below(edit, inode_a, b->dir->number);
	if (!err)
		err = check_not_below(edit, inode_b, a->dir->number);
	/* the entry rows of both names are written last, so the removals in between do not show */
	if (!err)
		err = move(edit, inode_a, a, &target_a, flags);
	if (!err)
		err = move(edit, inode_b, b, &target_b, flags);
	if (!err) { /* b's removal took away what a had put there */
		struct dirent_row row = {
			.number = inode_a->number,
			.type = inode_a->mode & S_IFMT,
			.is_explicit = flags & EDIT_EXPLICIT,
		};

		err = edit_dirent(edit, b->dir->number, b->name, &row);
	}
	return err;
}

static int rename_sides(struct edit *edit, struct side *from, struct side *to,
			unsigned rename_flags, enum edit_flags flags)
{
	int err;

	if (!from->inode)
		return -ENOENT;
	if (to->inode && (rename_flags & RENAME_NOREPLACE))
		return -EEXIST;
	if (!to->inode && (rename_flags & RENAME_EXCHANGE))
		return -ENOENT;
	if (to->inode == from->inode)
		return 1; /* two names of one file: nothing to do, says rename(2) */
	if (rename_flags & RENAME_EXCHANGE)
		return exchange(edit, from, to, flags);
	err = check_not_below(edit, from->inode, to->dir->number);
	if (!err && to->inode)
		err = replace_target(edit, from, to);
	return err ? err : move(edit, from->inode, from, to, flags);
}

/*
 * Who writes a file aside and renames it over another relies on finding one of the two after a crash, so
 * what was written is stored before the name is.
 */
static int store_first(struct space *space, uint64_t dir, const char *name)
{
	_cleanup_(cleanup_view) struct view *view = space_view(space);
	uint64_t number;
	int err = view_lookup(view, dir, name, &number);

	if (err)
		return err == -ENOENT ? 0 : err;
	return files_flush(space, number);
}

int space_rename(struct space *space, uint64_t dir, const char *name, uint64_t new_dir,
		 const char *new_name, unsigned rename_flags, enum edit_flags flags)
{
	_cleanup_(cleanup_edit) struct edit edit;
	struct side from, to;
	int store_err = store_first(space, dir, name);
	int err = edit_begin(&edit, space);

	if (!err)
		err = store_err;
	if (!err && (rename_flags & ~(unsigned)(RENAME_NOREPLACE | RENAME_EXCHANGE)))
		err = -EINVAL;
	if (!err)
		err = name_length_check(new_name);
	if (!err)
		err = find_side(&edit, dir, name, &from);
	if (!err)
		err = find_side(&edit, new_dir, new_name, &to);
	if (!err)
		err = rename_sides(&edit, &from, &to, rename_flags, flags);
	if (err)
		return err == 1 ? 0 : err;
	name_changed_directory(&edit, from.dir);
	name_changed_directory(&edit, to.dir);
	err = edit_touch_directory(&edit, dir);
	if (!err)
		err = edit_touch_directory(&edit, new_dir);
	return err ? err : edit_commit(&edit);
}
