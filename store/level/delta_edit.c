/*
 * Writing through DELTA.
 *
 * Making an entry over one that DELTA does not show (BUILD inherited it) makes the new one
 * under INODE_STAGE and renames it into place, so that BUILD shows the old or the new, never
 * neither. Removing an entry takes the level's change back: the base's entry returns as a
 * copy that shares its chunks.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/sysmacros.h>

#include "store/base/cleanup.h"
#include "store/base/error.h"
#include "store/level/delta.h"

/* Where an operation takes place: the pair of directories. */
struct place {
	uint64_t dir, base_dir;
	const char *name;
	bool shown;		   /* DELTA shows an entry */
	struct window_entry entry; /* if shown */
	uint64_t number;	   /* what BUILD has there, 0: nothing */
	uint64_t base_number;	   /* what the base has there, 0: nothing */
	bool hides;		   /* delta_hides() of dir: no entry of the base returns alone */
};

static int find_place(struct delta *delta, uint64_t dir, const char *name, struct place *ret_place)
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

/* Moves what stands under stage to the place, over whatever BUILD has there. */
static int put_in_place(struct delta *delta, const char *stage, const struct place *place,
			mode_t mode, enum edit_flags flags)
{
	int err = space_rename(delta->space, INODE_STAGE, stage, place->dir, place->name, 0, flags);

	if (err == -EISDIR || err == -ENOTDIR || err == -ENOTEMPTY) {
		/* a directory is involved: rename(2) does not replace it in one step */
		err = space_remove_all(delta->space, place->dir, place->name);
		if (!err)
			err = space_rename(delta->space, INODE_STAGE, stage, place->dir,
					   place->name, 0, flags);
	}
	if (err && S_ISDIR(mode))
		space_remove_all(delta->space, INODE_STAGE, stage);
	else if (err)
		space_unlink(delta->space, INODE_STAGE, stage);
	return err;
}

static int put_whiteout(struct delta *delta, const struct place *place,
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

/*
 * mkdir of a directory that BUILD inherited: from now on DELTA shows it, with the attributes of
 * a new directory: what the inherited one had besides (xattrs, ACLs) is not the new one's.
 */
static int show_directory(struct delta *delta, const struct place *place,
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
	struct place place;
	struct inode inherited;
	char stage[STAGE_NAME_SIZE];
	int err = find_place(delta, dir, name, &place);

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
		return show_directory(delta, &place, new_inode, ret_entry);
	err = space_stage_name(delta->space, stage);
	if (err)
		return err;
	err = space_create(delta->space, INODE_STAGE, stage, new_inode, 0, &ret_entry->inode);
	if (!err)
		err = put_in_place(delta, stage, &place, new_inode->mode, EDIT_EXPLICIT);
	return err;
}

static int link_entry(struct delta *delta, uint64_t number, uint64_t dir, const char *name,
		      struct inode *ret_inode)
{
	struct place place;
	char stage[STAGE_NAME_SIZE];
	int err = find_place(delta, dir, name, &place);

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
	err = space_link(delta->space, number, INODE_STAGE, stage, 0, ret_inode);
	if (!err)
		err = put_in_place(delta, stage, &place, ret_inode->mode, EDIT_EXPLICIT);
	return err;
}

/* The base's entry returns to the place, over what the level has there. */
static int take_back(struct delta *delta, const struct place *place)
{
	char stage[STAGE_NAME_SIZE];
	struct inode base;
	int err;

	if (place->number == 0)
		return space_copy_from(delta->space, delta->base, place->base_number, place->dir,
				       place->name, 0);
	err = view_inode(delta->base, place->base_number, &base);
	if (err)
		return err;
	err = space_stage_name(delta->space, stage);
	if (err)
		return err;
	err = space_copy_from(delta->space, delta->base, place->base_number, INODE_STAGE, stage, 0);
	return err ? err : put_in_place(delta, stage, place, base.mode, 0);
}

static int unlink_entry(struct delta *delta, uint64_t dir, const char *name)
{
	struct place place;
	int err = find_place(delta, dir, name, &place);

	if (err)
		return err;
	if (!place.shown)
		return -ENOENT;
	if (!place.entry.whiteout && S_ISDIR(place.entry.inode.mode))
		return -EISDIR;
	if (place.base_number && !place.hides)
		return take_back(delta, &place);
	return space_unlink(delta->space, dir, name);
}

static int found_one(void *context, const char *name, uint64_t number, uint32_t type, bool whiteout)
{
	(void)context;
	(void)name;
	(void)number;
	(void)type;
	(void)whiteout;
	return 1;
}

/* The directory itself becomes what it is in the base; nothing in it differs. */
static int take_back_directory(struct delta *delta, const struct place *place, uint64_t base_dir)
{
	_cleanup_(xattrs_release) struct xattrs xattrs = XATTRS_INIT;
	struct attr_change change = { .set = SET_MODE | SET_UID | SET_GID | SET_ATIME | SET_MTIME };
	struct inode base;
	int err = view_inode(delta->base, base_dir, &base);

	if (!err)
		err = view_xattrs(delta->base, &base, &xattrs);
	if (err)
		return err;
	change.mode = base.mode & 07777;
	change.uid = base.uid;
	change.gid = base.gid;
	change.atime = base.atime;
	change.mtime = base.mtime;
	change.xattrs = &xattrs;
	err = space_setattr(delta->space, place->number, &change, &base);
	return err ? err : space_mark(delta->space, place->dir, place->name, 0);
}

static int rmdir_entry(struct delta *delta, uint64_t dir, const char *name)
{
	struct place place;
	uint64_t base_dir;
	int err = find_place(delta, dir, name, &place), opaque;

	if (err)
		return err;
	if (!place.shown)
		return -ENOENT;
	if (place.entry.whiteout || !S_ISDIR(place.entry.inode.mode))
		return -ENOTDIR;
	err = delta_base_directory(delta, place.number, &base_dir);
	if (!err)
		err = delta_each(delta, place.number, base_dir, found_one, NULL);
	if (err)
		return err < 0 ? err : -ENOTEMPTY;
	opaque = delta_is_opaque(delta, place.number, base_dir);
	if (opaque < 0)
		return opaque;
	if (base_dir && !opaque)
		return take_back_directory(delta, &place, base_dir);
	if (place.base_number && !place.hides)
		return take_back(delta, &place);
	return space_rmdir(delta->space, dir, name);
}

/* Can the entry move as it is? A directory that the base has too shows only its changes. */
static int check_movable(struct delta *delta, const struct place *from)
{
	uint64_t base_dir;
	int err;

	if (!from->shown)
		return -ENOENT;
	if (from->entry.whiteout)
		return -CSM_CROSSES_LEVELS;
	if (!S_ISDIR(from->entry.inode.mode))
		return 0;
	err = delta_base_directory(delta, from->number, &base_dir);
	return err ? err : base_dir ? -CSM_CROSSES_LEVELS : 0;
}

/* Both names go on to show something, so nothing of the base comes back. */
static int exchange_entries(struct delta *delta, const struct place *from, const struct place *to)
{
	int err = check_movable(delta, to);

	return err ? err
		   : space_rename(delta->space, from->dir, from->name, to->dir, to->name,
				  RENAME_EXCHANGE, EDIT_EXPLICIT);
}

static int rename_entry(struct delta *delta, uint64_t dir, const char *name, uint64_t new_dir,
			const char *new_name, unsigned rename_flags)
{
	struct place from, to;
	int err = find_place(delta, dir, name, &from);

	if (!err)
		err = find_place(delta, new_dir, new_name, &to);
	if (!err)
		err = check_movable(delta, &from);
	if (err)
		return err;
	if (rename_flags & RENAME_EXCHANGE)
		return exchange_entries(delta, &from, &to);
	if ((rename_flags & RENAME_NOREPLACE) && to.shown)
		return -EEXIST;
	if (to.number && !to.shown && to.number != from.number &&
	    (S_ISDIR(from.entry.inode.mode) || to.base_number)) {
		struct inode inherited;

		err = view_inode(delta->view, to.number, &inherited);
		if (!err && (S_ISDIR(inherited.mode) || S_ISDIR(from.entry.inode.mode)))
			err = space_remove_all(delta->space, new_dir, new_name);
	}
	if (!err)
		err = space_rename(delta->space, dir, name, new_dir, new_name, 0, EDIT_EXPLICIT);
	if (!err && from.base_number && !from.hides) {
		/* DELTA no longer says anything about the old name */
		from.number = 0;
		err = take_back(delta, &from);
	}
	return err;
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

/*
 * A directory whose last change was just taken back stays in DELTA until it is removed itself:
 * rm -r has seen it and would stumble over a directory that is gone.
 */
static int keep_shown(struct level *level, uint64_t dir)
{
	_cleanup_(delta_close) struct delta delta = { 0 };
	struct window_entry entry;
	struct inode inode;
	uint64_t base_above;
	int err;

	if (dir < INODE_FIRST)
		return 0;
	err = delta_open(level, &delta);
	if (!err)
		err = view_inode(delta.view, dir, &inode);
	if (!err)
		err = delta_base_directory(&delta, inode.parent, &base_above);
	if (!err)
		err = delta_entry(&delta, inode.parent, base_above, inode.name, &entry);
	if (err == -ENOENT)
		err = space_mark(delta.space, inode.parent, inode.name, EDIT_EXPLICIT);
	return err == -ENOENT || err == -CSM_STALE ? 0 : err; /* removed meanwhile */
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

int delta_unlink(struct level *level, uint64_t dir, const char *name)
{
	_cleanup_(delta_close) struct delta delta;
	int err = delta_open(level, &delta);

	if (!err)
		err = unlink_entry(&delta, dir, name);
	return err ? err : keep_shown(level, dir);
}

int delta_rmdir(struct level *level, uint64_t dir, const char *name)
{
	_cleanup_(delta_close) struct delta delta;
	int err = delta_open(level, &delta);

	if (!err)
		err = rmdir_entry(&delta, dir, name);
	return err ? err : keep_shown(level, dir);
}

int delta_rename(struct level *level, uint64_t dir, const char *name, uint64_t new_dir,
		 const char *new_name, unsigned rename_flags)
{
	_cleanup_(delta_close) struct delta delta;
	int err = delta_open(level, &delta);

	return err ? err : rename_entry(&delta, dir, name, new_dir, new_name, rename_flags);
}

int delta_set_opaque(struct level *level, uint64_t dir)
{
	_cleanup_(delta_close) struct delta delta;
	int err = delta_open(level, &delta);

	return err ? err : set_opaque(&delta, dir);
}
