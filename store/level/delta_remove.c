/*
 * Writing through DELTA: removing and renaming. Removing an entry takes the level's change back: the
 * base's entry returns as a copy that shares its chunks.
 *
 * Some operations need a second step after the one that carries them out. When the process dies
 * between the two, the kernel sends the request again and the delta_finish functions make it.
 */
#include <errno.h>
#include <stdio.h>

#include "store/base/cleanup.h"
#include "store/base/error.h"
#include "store/level/delta_edit.h"

/* The base's entry returns to the place, over what the level has there. */
static int take_back(struct delta *delta, const struct delta_place *place)
{
	char stage[STAGE_NAME_SIZE];
	int err;

	if (place->number == 0)
		return space_copy_from(delta->space, delta->base, place->base_number, place->dir,
				       place->name, 0);
	err = space_stage_name(delta->space, stage);
	if (err)
		return err;
	request_pause();
	err = space_copy_from(delta->space, delta->base, place->base_number, INODE_STAGE, stage, 0);
	request_resume();
	return err ? err : delta_put_in_place(delta, stage, place, 0);
}

static int unlink_entry(struct delta *delta, uint64_t dir, const char *name)
{
	struct delta_place place;
	int err = delta_find_place(delta, dir, name, &place);

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

/* The directory itself becomes what it is in the base; nothing in it differs. */
static int take_back_directory(struct delta *delta, const struct delta_place *place,
			       uint64_t base_dir)
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
	struct delta_place place;
	uint64_t base_dir;
	int err = delta_find_place(delta, dir, name, &place), opaque;

	if (err)
		return err;
	if (!place.shown)
		return -ENOENT;
	if (place.entry.whiteout || !S_ISDIR(place.entry.inode.mode))
		return -ENOTDIR;
	err = delta_base_directory(delta, place.number, &base_dir);
	if (!err)
		err = delta_shows_something(delta, place.number, base_dir);
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
static int check_movable(struct delta *delta, const struct delta_place *from)
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
static int exchange_entries(struct delta *delta, const struct delta_place *from,
			    const struct delta_place *to)
{
	int err = check_movable(delta, to);

	return err ? err
		   : space_rename(delta->space, from->dir, from->name, to->dir, to->name,
				  RENAME_EXCHANGE, EDIT_EXPLICIT);
}

static int rename_entry(struct delta *delta, uint64_t dir, const char *name, uint64_t new_dir,
			const char *new_name, unsigned rename_flags)
{
	struct delta_place from, to;
	int err = delta_find_place(delta, dir, name, &from);

	if (!err)
		err = delta_find_place(delta, new_dir, new_name, &to);
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
		request_pause();
		if (!err && (S_ISDIR(inherited.mode) || S_ISDIR(from.entry.inode.mode)))
			err = space_remove_all(delta->space, new_dir, new_name);
		request_resume();
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

/* ---- what was to follow after an operation was carried out, when its process died ---- */

static int finish_create(struct delta *delta, uint64_t dir, const char *name,
			 const struct new_inode *new_inode)
{
	struct window_entry entry;
	struct delta_place place;
	uint64_t base_dir = 0;
	int err = S_ISDIR(new_inode->mode) ? delta_find_place(delta, dir, name, &place) : -ENOENT;

	if (!err && place.number)
		err = delta_base_directory(delta, place.number, &base_dir);
	if (err || !base_dir)
		return err == -ENOENT ? 0 : err;
	return delta_show_directory(delta, &place, new_inode, &entry);
}

static int finish_remove(struct delta *delta, uint64_t dir, const char *name)
{
	struct delta_place place;
	uint64_t base_dir = 0;
	int err = delta_find_place(delta, dir, name, &place);

	if (!err && place.number && place.base_number)
		err = delta_base_directory(delta, place.number, &base_dir);
	return err || !base_dir ? err : space_mark(delta->space, dir, name, 0);
}

static int finish_rename(struct delta *delta, uint64_t dir, const char *name)
{
	struct delta_place from;
	int err = delta_find_place(delta, dir, name, &from);

	if (err || from.number || !from.base_number || from.hides)
		return err;
	return take_back(delta, &from);
}

int delta_finish_create(struct level *level, uint64_t dir, const char *name,
			const struct new_inode *new_inode)
{
	_cleanup_(delta_close) struct delta delta;
	int err = delta_open(level, &delta);

	return err ? err : finish_create(&delta, dir, name, new_inode);
}

int delta_finish_remove(struct level *level, uint64_t dir, const char *name)
{
	_cleanup_(delta_close) struct delta delta;
	int err = delta_open(level, &delta);

	if (!err)
		err = finish_remove(&delta, dir, name);
	return err ? err : keep_shown(level, dir);
}

int delta_finish_rename(struct level *level, uint64_t dir, const char *name)
{
	_cleanup_(delta_close) struct delta delta;
	int err = delta_open(level, &delta);

	return err ? err : finish_rename(&delta, dir, name);
}
