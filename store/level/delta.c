/*
 * What DELTA shows.
 *
 * A DELTA directory is a pair: the level's directory and the base's at the same path. Three
 * cases:
 *   the same inode     only the level's own rows can differ: they are the candidates
 *   no base directory  everything in it was added
 *   another inode      the directory was replaced: both listings are compared
 * A candidate is shown when it was made through DELTA itself (explicit), or when it is not the
 * same as the base's entry: so a change that was taken back, or a file written again with
 * what it held, is no change. A directory is shown when its attributes differ or something
 * below it is shown.
 */
#include <errno.h>
#include <stdlib.h>

#include "store/base/cleanup.h"
#include "store/base/error.h"
#include "store/level/delta.h"

enum { DEPTH_MAX = 10000 };

int delta_open(struct level *level, struct delta *ret_delta)
{
	int err;

	memset(ret_delta, 0, sizeof(*ret_delta));
	ret_delta->level = level;
	err = level_space(level, &ret_delta->space);
	/* a file that is written shows in DELTA with the first byte */
	if (!err)
		err = space_flush(ret_delta->space, 0);
	if (!err)
		err = level_view(level, &ret_delta->view, &ret_delta->own);
	if (!err)
		err = level_base_view(level, &ret_delta->base);
	if (err)
		delta_close(ret_delta);
	return err;
}

void delta_close(struct delta *delta)
{
	view_unref(delta->view);
	view_unref(delta->base);
	delta->view = NULL;
	delta->base = NULL;
}

int delta_base_entry(struct delta *delta, uint64_t base_dir, const char *name, uint64_t *ret_number)
{
	int err;

	*ret_number = 0;
	if (base_dir == 0)
		return 0;
	err = view_lookup(delta->base, base_dir, name, ret_number);
	if (err == -ENOENT)
		*ret_number = 0;
	return err == -ENOENT ? 0 : err;
}

static int base_directory(struct delta *delta, uint64_t dir, int depth, uint64_t *ret_base_dir)
{
	struct inode inode;
	uint64_t above, found;
	int err;

	*ret_base_dir = dir;
	if (dir < INODE_FIRST)
		return 0;
	if (depth > DEPTH_MAX)
		return -CSM_ROW_CORRUPT;
	err = view_inode(delta->view, dir, &inode);
	if (err)
		return err;
	if (!inode.parent)
		return -CSM_STALE; /* removed meanwhile */
	err = base_directory(delta, inode.parent, depth + 1, &above);
	if (!err)
		err = delta_base_entry(delta, above, inode.name, &found);
	*ret_base_dir = 0;
	if (err || found == 0)
		return err;
	err = view_inode(delta->base, found, &inode);
	if (!err && S_ISDIR(inode.mode))
		*ret_base_dir = found;
	return err;
}

int delta_base_directory(struct delta *delta, uint64_t dir, uint64_t *ret_base_dir)
{
	return base_directory(delta, dir, 0, ret_base_dir);
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

int delta_shows_something(struct delta *delta, uint64_t dir, uint64_t base_dir)
{
	return delta_each(delta, dir, base_dir, found_one, NULL);
}

/* 1 when the level's inode and the base's at the same path differ. */
static int differs(struct delta *delta, const struct inode *inode, uint64_t base_number)
{
	_cleanup_free_ struct inode *base = malloc(sizeof(*base));
	int same, err;

	if (!base)
		return -ENOMEM;
	err = view_inode(delta->base, base_number, base);
	if (err)
		return err;
	if ((inode->mode & S_IFMT) != (base->mode & S_IFMT))
		return 1;
	same = view_same(delta->view, inode, delta->base, base);
	if (same <= 0)
		return same < 0 ? same : 1;
	if (!S_ISDIR(inode->mode))
		return 0;
	err = delta_shows_something(delta, inode->number, base_number);
	return err ? err
		   : delta_is_opaque(delta, inode->number,
				     base_number); /* emptied is a change, too */
}

/* The level's candidate at (dir, name), number 0: nothing there now. */
static int judge(struct delta *delta, uint64_t base_dir, const char *name, uint64_t number,
		 bool is_explicit, bool opaque, struct window_entry *ret_entry)
{
	uint64_t base_number;
	int err = delta_base_entry(delta, base_dir, name, &base_number);

	if (err)
		return err;
	ret_entry->whiteout = number == 0;
	if (number == 0 && (base_number == 0 || opaque))
		return -ENOENT;
	if (number == 0)
		return view_inode(delta->base, base_number, &ret_entry->inode);
	err = view_inode(delta->view, number, &ret_entry->inode);
	if (err || base_number == 0 || is_explicit)
		return err;
	err = differs(delta, &ret_entry->inode, base_number);
	if (err < 0)
		return err;
	return err ? 0 : -ENOENT;
}

static int candidate(struct delta *delta, uint64_t dir, uint64_t base_dir, const char *name,
		     uint64_t *ret_number, bool *ret_explicit)
{
	uint32_t own = dir == base_dir ? delta->own : 0;
	int err;

	*ret_explicit = false;
	*ret_number = 0;
	if (dir == base_dir && own == 0)
		return -ENOENT;
	err = view_mark(delta->view, own, dir, name, ret_number, ret_explicit);
	if (err == -ENOENT && dir != base_dir)
		return 0; /* not in the level; perhaps in the base */
	return err;
}

int delta_entry(struct delta *delta, uint64_t dir, uint64_t base_dir, const char *name,
		struct window_entry *ret_entry)
{
	uint64_t number;
	bool is_explicit;
	int opaque = 0, err;

	if (strlen(name) > NAME_LENGTH_MAX)
		return -ENAMETOOLONG;
	err = candidate(delta, dir, base_dir, name, &number, &is_explicit);
	if (!err && number == 0)
		opaque = delta_is_opaque(delta, dir, base_dir);
	if (err || opaque < 0)
		return err ? err : opaque;
	return judge(delta, base_dir, name, number, is_explicit, opaque == 1, ret_entry);
}

/* ---- listing ---- */

struct listing {
	struct delta *delta;
	uint64_t dir, base_dir;
	bool opaque;
	window_list_each each;
	void *context;
	struct buffer names; /* of both sides, for a replaced directory */
};

static int list_candidate(struct listing *listing, const char *name, uint64_t number,
			  bool is_explicit)
{
	_cleanup_free_ struct window_entry *entry = calloc(1, sizeof(*entry));
	int err;

	if (!entry)
		return -ENOMEM;
	err = judge(listing->delta, listing->base_dir, name, number, is_explicit, listing->opaque,
		    entry);
	if (err)
		return err == -ENOENT ? 0 : err;
	return listing->each(listing->context, name, entry->inode.number,
			     entry->whiteout ? S_IFCHR : entry->inode.mode & S_IFMT,
			     entry->whiteout);
}

static int list_mark(void *context, const char *name, uint64_t number, uint32_t type,
		     bool is_explicit)
{
	(void)type;
	return list_candidate(context, name, number, is_explicit);
}

static int list_added(void *context, const char *name, uint64_t number, uint32_t type)
{
	struct listing *listing = context;

	return listing->each(listing->context, name, number, type, false);
}

static int gather_name(void *context, const char *name, uint64_t number, uint32_t type)
{
	struct buffer *names = context;

	(void)number;
	(void)type;
	buffer_add(names, name, strlen(name) + 1);
	return 0;
}

/* Names of both directories in order, each once. */
static int list_replaced(struct listing *listing)
{
	_cleanup_(cleanup_buffer) struct buffer ours = BUFFER_INIT, theirs = BUFFER_INIT;
	struct delta *delta = listing->delta;
	size_t at_ours = 0, at_theirs = 0;
	int err = view_list(delta->view, listing->dir, gather_name, &ours);

	if (!err)
		err = view_list(delta->base, listing->base_dir, gather_name, &theirs);
	if (!err && (buffer_failed(&ours) || buffer_failed(&theirs)))
		err = -ENOMEM;
	while (!err && (at_ours < ours.size || at_theirs < theirs.size)) {
		const char *a = at_ours < ours.size ? (char *)ours.data + at_ours : NULL;
		const char *b = at_theirs < theirs.size ? (char *)theirs.data + at_theirs : NULL;
		int order = a && b ? strcmp(a, b) : a ? -1 : 1;
		const char *name = order <= 0 ? a : b;
		uint64_t number;
		bool is_explicit;

		err = candidate(delta, listing->dir, listing->base_dir, name, &number,
				&is_explicit);
		if (!err)
			err = list_candidate(listing, name, number, is_explicit);
		at_ours += order <= 0 ? strlen(a) + 1 : 0;
		at_theirs += order >= 0 ? strlen(b) + 1 : 0;
	}
	return err;
}

int delta_each(struct delta *delta, uint64_t dir, uint64_t base_dir, window_list_each each,
	       void *context)
{
	struct listing listing = {
		.delta = delta, .dir = dir, .base_dir = base_dir, .each = each, .context = context
	};
	int opaque;

	if (base_dir == 0)
		return view_list(delta->view, dir, list_added, &listing);
	if (base_dir == dir)
		return view_marks(delta->view, delta->own, dir, list_mark, &listing);
	opaque = delta_is_opaque(delta, dir, base_dir);
	if (opaque < 0)
		return opaque;
	listing.opaque = opaque == 1;
	return list_replaced(&listing);
}

/* ---- opaque ---- */

struct kept {
	struct delta *delta;
	uint64_t dir;
	bool any;    /* the base's directory has an entry at all */
	bool misses; /* and one of a name that the level does not have */
};

/* Stops (1) at an entry of the base that the level still uses. */
static int is_kept(void *context, const char *name, uint64_t number, uint32_t type)
{
	_cleanup_free_ struct inode *inode = malloc(sizeof(*inode));
	struct kept *kept = context;
	uint64_t ours;
	int err;

	if (!inode)
		return -ENOMEM;
	kept->any = true;
	err = view_lookup(kept->delta->view, kept->dir, name, &ours);
	if (err == -ENOENT)
		kept->misses = true;
	if (err)
		return err == -ENOENT ? 0 : err;
	err = view_inode(kept->delta->view, ours, inode);
	if (err)
		return err;
	if (S_ISDIR(inode->mode) && type == S_IFDIR)
		return 1;
	err = differs(kept->delta, inode, number);
	return err < 0 ? err : !err;
}

static int is_opaque(struct delta *delta, uint64_t dir, uint64_t base_dir, bool *ret_misses)
{
	struct kept kept = { .delta = delta, .dir = dir };
	int err;

	*ret_misses = false;
	if (base_dir == 0 || base_dir == dir)
		return 0;
	err = view_list(delta->base, base_dir, is_kept, &kept);
	*ret_misses = kept.misses;
	return err < 0 ? err : err == 0 && kept.any;
}

int delta_is_opaque(struct delta *delta, uint64_t dir, uint64_t base_dir)
{
	bool misses;

	return is_opaque(delta, dir, base_dir, &misses);
}

int delta_hides(struct delta *delta, uint64_t dir, uint64_t base_dir)
{
	bool misses;
	int opaque = is_opaque(delta, dir, base_dir, &misses);

	return opaque < 0 ? opaque : opaque == 1 && misses;
}
