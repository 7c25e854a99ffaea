/*
 * The difference of two views, name by name.
 *
 * Where both views have the same inode for a directory, they can differ in it only by rows
 * of versions that they do not share, so only the names those rows speak of are compared:
 * the cost is what differs. Where the inodes differ (a directory was replaced or moved),
 * both listings are compared in full.
 */
#include <errno.h>
#include <stdlib.h>

#include "store/tree/merge.h"

enum { DEPTH_MAX = 10000 };

struct diff {
	struct view *a, *b;
	uint32_t unshared_a, unshared_b; /* first versions of each that the other does not have */
	int (*each)(void *context, const struct diff_entry *entry);
	void *context;
	struct buffer path;
};

struct names {
	struct buffer text; /* names with their NULs, sorted */
};

static void release_names(struct names *names)
{
	buffer_release(&names->text);
}

static int collect_mark(void *context, const char *name, uint64_t number, uint32_t type,
			bool is_explicit)
{
	struct names *names = context;

	(void)number;
	(void)type;
	(void)is_explicit;
	buffer_add(&names->text, name, strlen(name) + 1);
	return 0;
}

static int collect_name(void *context, const char *name, uint64_t number, uint32_t type)
{
	return collect_mark(context, name, number, type, false);
}

static int compare_dir(struct diff *diff, uint64_t dir_a, uint64_t dir_b, int depth);

/* The path grows by one component; the length to go back to. */
static int path_enter(struct diff *diff, const char *name, size_t *ret_before)
{
	*ret_before = diff->path.size;
	if (diff->path.size)
		diff->path.size--; /* the NUL */
	if (diff->path.size)
		buffer_u8(&diff->path, '/');
	buffer_add(&diff->path, name, strlen(name) + 1);
	return buffer_failed(&diff->path) ? -ENOMEM : 0;
}

static void path_leave(struct diff *diff, size_t before)
{
	diff->path.size = before;
	if (before)
		diff->path.data[before - 1] = 0;
}

static int report(struct diff *diff, enum diff_kind kind, const struct inode *a,
		  const struct inode *b)
{
	struct diff_entry entry = { kind, (const char *)diff->path.data, a, b };

	return diff->each(diff->context, &entry);
}

static int side_inode(struct view *view, uint64_t dir, const char *name, struct inode *ret_inode,
		      bool *ret_there)
{
	uint64_t number;
	int err = dir ? view_lookup(view, dir, name, &number) : -ENOENT;

	*ret_there = !err;
	if (err)
		return err == -ENOENT ? 0 : err;
	return view_inode(view, number, ret_inode);
}

static int compare_both(struct diff *diff, const struct inode *a, const struct inode *b, int depth)
{
	int same;

	if (S_ISDIR(a->mode) != S_ISDIR(b->mode)) {
		int err = report(diff, DIFF_DELETED, a, NULL);

		if (!err)
			err = report(diff, DIFF_ADDED, NULL, b);
		return err || !S_ISDIR(b->mode) ? err : compare_dir(diff, 0, b->number, depth + 1);
	}
	same = view_same(diff->a, a, diff->b, b);
	if (same < 0)
		return same;
	if (!same || a->mtime.tv_sec != b->mtime.tv_sec || a->mtime.tv_nsec != b->mtime.tv_nsec) {
		int err = report(diff, same ? DIFF_TIMES : DIFF_CHANGED, a, b);

		if (err)
			return err;
	}
	return S_ISDIR(a->mode) ? compare_dir(diff, a->number, b->number, depth + 1) : 0;
}

struct pair {
	struct inode a, b;
};

static int compare_name(struct diff *diff, uint64_t dir_a, uint64_t dir_b, const char *name,
			int depth)
{
	_cleanup_free_ struct pair *pair = malloc(sizeof(*pair));
	bool in_a, in_b;
	size_t before;
	int err;

	if (!pair)
		return -ENOMEM;
	err = side_inode(diff->a, dir_a, name, &pair->a, &in_a);
	if (!err)
		err = side_inode(diff->b, dir_b, name, &pair->b, &in_b);
	if (err || (!in_a && !in_b))
		return err;
	err = path_enter(diff, name, &before);
	if (err)
		return err;
	if (in_a && in_b) {
		err = compare_both(diff, &pair->a, &pair->b, depth);
	} else if (in_a) {
		err = report(diff, DIFF_DELETED, &pair->a, NULL);
	} else {
		err = report(diff, DIFF_ADDED, NULL, &pair->b);
		if (!err && S_ISDIR(pair->b.mode))
			err = compare_dir(diff, 0, pair->b.number, depth + 1);
	}
	path_leave(diff, before);
	return err;
}

/* The names to look at on one side. */
static int side_names(struct view *view, uint32_t unshared, uint64_t dir, bool marks,
		      struct names *ret_names)
{
	int err = 0;

	if (dir && marks)
		err = view_marks(view, unshared, dir, collect_mark, ret_names);
	else if (dir)
		err = view_list(view, dir, collect_name, ret_names);
	return !err && buffer_failed(&ret_names->text) ? -ENOMEM : err;
}

static int compare_dir(struct diff *diff, uint64_t dir_a, uint64_t dir_b, int depth)
{
	_cleanup_(release_names) struct names names_a = { BUFFER_INIT }, names_b = { BUFFER_INIT };
	bool marks = dir_a == dir_b;
	size_t at_a = 0, at_b = 0;
	int err;

	if (depth > DEPTH_MAX)
		return -ELOOP;
	err = side_names(diff->a, diff->unshared_a, dir_a, marks, &names_a);
	if (!err)
		err = side_names(diff->b, diff->unshared_b, dir_b, marks, &names_b);
	while (!err && (at_a < names_a.text.size || at_b < names_b.text.size)) {
		const char *a = at_a < names_a.text.size ? (char *)names_a.text.data + at_a : NULL;
		const char *b = at_b < names_b.text.size ? (char *)names_b.text.data + at_b : NULL;
		int order = a && b ? strcmp(a, b) : a ? -1 : 1;

		err = compare_name(diff, dir_a, dir_b, order <= 0 ? a : b, depth);
		at_a += order <= 0 ? strlen(a) + 1 : 0;
		at_b += order >= 0 ? strlen(b) + 1 : 0;
	}
	return err;
}

static void count_unshared(struct view *a, struct view *b, uint32_t *ret_a, uint32_t *ret_b)
{
	uint32_t shared = 0;

	while (shared < a->count && shared < b->count &&
	       a->ids[a->count - 1 - shared] == b->ids[b->count - 1 - shared])
		shared++;
	*ret_a = a->count - shared;
	*ret_b = b->count - shared;
}

int view_diff(struct view *a, struct view *b, uint64_t number,
	      int (*each)(void *context, const struct diff_entry *entry), void *context)
{
	struct diff diff = {
		.a = a, .b = b, .each = each, .context = context, .path = BUFFER_INIT
	};
	int err;

	count_unshared(a, b, &diff.unshared_a, &diff.unshared_b);
	err = compare_dir(&diff, number, number, 0);
	buffer_release(&diff.path);
	return err;
}
