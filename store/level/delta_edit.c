/*
 * Writing through DELTA: making. Removing and renaming is in delta_remove.c.
 *
 * Making an entry over one that DELTA does not show (BUILD inherited it) makes the new one
 * under INODE_STAGE and renames it into place, so that BUILD shows the old or the new, never
 * neither.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/sysmacros.h>

#include "store/base/cleanup.h"
#include "store/base/error.h"
#include "store/level/delta_edit.h"

int delta_find_place(struct delta *delta, uint64_t dir, const char *name,
		     struct delta_place *ret_place)
{
	int err, hides;

	memset(ret_place, 0, sizeof(*ret_place));
	ret_place->dir = dir;
	ret_place->name = name;
	if (strlen(name) > NAME_LENGTH_MAX)
		return -ENAMETOOLONG;
	err = delta_base_directory(delta, dir, &ret_place->base_dir);
	if (!err)
		err = delta_base_entry(delta, ret_place->base_dir, name, &ret_place->base_number);
	if (err)
		return err;
	err = view_lookup(delta->view, dir, name, &ret_place->number);
	if (err == -ENOENT)
		ret_place->number = 0;
	else if (err)
		return err;
	err = delta_entry(delta, dir, ret_place->base_dir, name, &ret_place->entry);
	ret_place->shown = !err;
	if (err && err != -ENOENT)
		return err;
	hides = delta_hides(delta, dir, ret_place->base_dir);
	ret_place->hides = hides == 1;
	return hides < 0 ? hides : 0;
}

/* What this fails to remove, the next opening of the space sweeps away. */
static void drop_stage(struct delta *delta, const char *stage)
{
	REQUEST_PAUSED;
	space_remove_all(delta->space, INODE_STAGE, stage);
}

int delta_put_in_place(struct delta *delta, const char *stage, const struct delta_place *place,
		       enum edit_flags flags)
{
	int err = space_rename(delta->space, INODE_STAGE, stage, place->dir, place->name, 0, flags);

	if (err != -EISDIR && err != -ENOTDIR && err != -ENOTEMPTY) {
		if (err)
			drop_stage(delta, stage);
		return err;
	}
	/* a directory is involved, which rename(2) does not replace: the two change places */
	err = space_rename(delta->space, INODE_STAGE, stage, place->dir, place->name,
			   RENAME_EXCHANGE, flags);
	drop_stage(delta, stage);
	return err;
}

static int put_whiteout(struct delta *delta, const struct delta_place *place,
			struct window_entry *ret_entry)
{
	int err = 0;

	if (place->base_number)
		err = view_inode(delta->base, place->base_number, &ret_entry->inode);
	else
		err = view_inode(delta->view, place->number ? place->number : place->dir,
				 &ret_entry->inode);
	ret_entry->whiteout = true;
	if (!err && place->number)
		err = space_remove_all(delta->space, place->dir, place->name);
	return err;
}

int delta_show_directory(struct delta *delta, const struct delta_place *place,
			 const struct new_inode *new_inode, struct window_entry *ret_entry)
{
	static const struct xattrs none = XATTRS_INIT;
	struct attr_change change = {
		.set = SET_MODE | SET_UID | SET_GID,
		.mode = new_inode->mode & 07777,
		.uid = new_inode->uid,
		.gid = new_inode->gid,
		.xattrs = new_inode->xattrs ? new_inode->xattrs : &none,
	};
	struct inode above;
	int err = view_inode(delta->view, place->dir, &above);

	if (!err && (above.mode & S_ISGID)) {
		change.mode |= S_ISGID;
		change.gid = above.gid;
	}
	if (!err)
		err = space_mark(delta->space, place->dir, place->name, EDIT_EXPLICIT);
	ret_entry->whiteout = false;
	return err ? err : space_setattr(delta->space, place->number, &change, &ret_entry->inode);
}

static int create(struct delta *delta, uint64_t dir, const char *name,
		  const struct new_inode *new_inode, struct window_entry *ret_entry)
{
	bool whiteout = S_ISCHR(new_inode->mode) && new_inode->rdev == makedev(0, 0);
	struct delta_place place;
	struct inode inherited;
	char stage[STAGE_NAME_SIZE];
	int err = delta_find_place(delta, dir, name, &place);

	if (err)
		return err;
	if (place.shown)
		return -EEXIST;
	if (whiteout)
		return put_whiteout(delta, &place, ret_entry);
	ret_entry->whiteout = false;
	if (place.number == 0)
		return space_create(delta->space, dir, name, new_inode, EDIT_EXPLICIT,
				    &ret_entry->inode);
	err = view_inode(delta->view, place.number, &inherited);
	if (err)
		return err;
	if (S_ISDIR(new_inode->mode) && S_ISDIR(inherited.mode))
		return delta_show_directory(delta, &place, new_inode, ret_entry);
	err = space_stage_name(delta->space, stage);
	if (err)
		return err;
	request_pause();
	err = space_create(delta->space, INODE_STAGE, stage, new_inode, 0, &ret_entry->inode);
	request_resume();
	return err ? err : delta_put_in_place(delta, stage, &place, EDIT_EXPLICIT);
}

static int link_entry(struct delta *delta, uint64_t number, uint64_t dir, const char *name,
		      struct inode *ret_inode)
{
	struct delta_place place;
	char stage[STAGE_NAME_SIZE];
	int err = delta_find_place(delta, dir, name, &place);

	if (err)
		return err;
	if (place.shown)
		return -EEXIST;
	if (place.number == 0)
		return space_link(delta->space, number, dir, name, EDIT_EXPLICIT, ret_inode);
	if (place.number == number) { /* BUILD has that link already */
		err = space_mark(delta->space, dir, name, EDIT_EXPLICIT);
		return err ? err : space_inode(delta->space, number, ret_inode);
	}
	err = space_stage_name(delta->space, stage);
	if (err)
		return err;
	request_pause();
	err = space_link(delta->space, number, INODE_STAGE, stage, 0, ret_inode);
	request_resume();
	return err ? err : delta_put_in_place(delta, stage, &place, EDIT_EXPLICIT);
}

struct inherited {
	struct delta *delta;
	uint64_t dir, base_dir;
	struct buffer names; /* entries that DELTA does not show */
};

static int gather_inherited(void *context, const char *name, uint64_t number, uint32_t type)
{
	struct inherited *inherited = context;
	struct window_entry entry;
	int err = delta_entry(inherited->delta, inherited->dir, inherited->base_dir, name, &entry);

	(void)number;
	(void)type;
	if (err == -ENOENT)
		buffer_add(&inherited->names, name, strlen(name) + 1);
	return err == -ENOENT ? 0 : err;
}

static int set_opaque(struct delta *delta, uint64_t dir)
{
	struct inherited inherited = { delta, dir, 0, BUFFER_INIT };
	int err = delta_base_directory(delta, dir, &inherited.base_dir);

	REQUEST_PAUSED; /* may as well be done twice */
	if (!err)
		err = view_list(delta->view, dir, gather_inherited, &inherited);
	if (!err && buffer_failed(&inherited.names))
		err = -ENOMEM;
	for (size_t at = 0; !err && at < inherited.names.size;
	     at += strlen((char *)inherited.names.data + at) + 1)
		err = space_remove_all(delta->space, dir, (char *)inherited.names.data + at);
	buffer_release(&inherited.names);
	return err;
}

/* ---- each with one moment of the level ---- */

int delta_create(struct level *level, uint64_t dir, const char *name,
		 const struct new_inode *new_inode, struct window_entry *ret_entry)
{
	_cleanup_(delta_close) struct delta delta;
	int err = delta_open(level, &delta);

	return err ? err : create(&delta, dir, name, new_inode, ret_entry);
}

int delta_link(struct level *level, uint64_t number, uint64_t dir, const char *name,
	       struct inode *ret_inode)
{
	_cleanup_(delta_close) struct delta delta;
	int err = delta_open(level, &delta);

	return err ? err : link_entry(&delta, number, dir, name, ret_inode);
}

int delta_set_opaque(struct level *level, uint64_t dir)
{
	_cleanup_(delta_close) struct delta delta;
	int err = delta_open(level, &delta);

	return err ? err : set_opaque(&delta, dir);
}
