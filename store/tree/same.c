/*
 * Are two inodes the same thing? Content is compared by digests: files are cut at fixed
 * places and zeros are always holes, so equal bytes have equal block digests whatever
 * their history, and nothing is read.
 */
#include <errno.h>
#include <stdlib.h>

#include "store/tree/merge.h"

/* Steps over the pages that hold something; the page, or false at the end. */
static int next_page(struct merge *merge, uint32_t *ret_page, struct map_row *ret_row)
{
	for (; merge_valid(merge); merge_next(merge)) {
		int empty = row_decode_map(merge_value(merge), ret_row);

		if (empty < 0)
			return empty;
		if (empty)
			continue;
		*ret_page = get_be32(merge_rest(merge).data);
		merge_next(merge);
		return 1;
	}
	return merge_error(merge);
}

static int same_map(struct view *a, const struct inode *ia, struct view *b, const struct inode *ib)
{
	_cleanup_(cleanup_merge) struct merge *pages_a = NULL, *pages_b = NULL;
	_cleanup_free_ struct map_row *rows = calloc(2, sizeof(*rows));
	int err;

	if (!rows)
		return -ENOMEM;
	err = merge_new(a, 0, a->count, ROW_MAP, ia->fork, &pages_a);
	if (!err)
		err = merge_new(b, 0, b->count, ROW_MAP, ib->fork, &pages_b);
	while (!err) {
		uint32_t page_a = 0, page_b = 0;
		int have_a = next_page(pages_a, &page_a, &rows[0]);
		int have_b = next_page(pages_b, &page_b, &rows[1]);

		if (have_a < 0 || have_b < 0)
			return have_a < 0 ? have_a : have_b;
		if (have_a != have_b || page_a != page_b)
			return 0;
		if (!have_a)
			return 1;
		if (memcmp(&rows[0], &rows[1], sizeof(rows[0])) != 0)
			return 0;
	}
	return err;
}

static int same_content(struct view *a, const struct inode *ia, struct view *b,
			const struct inode *ib)
{
	if (ia->size != ib->size || ia->content != ib->content)
		return 0;
	if (ia->content == CONTENT_CHUNK)
		return digest_equal(&ia->chunk, &ib->chunk);
	if (ia->content == CONTENT_MAP)
		return ia->blocks == ib->blocks ? same_map(a, ia, b, ib) : 0;
	return 1;
}

static int same_target(struct view *a, const struct inode *ia, struct view *b,
		       const struct inode *ib)
{
	_cleanup_(cleanup_buffer) struct buffer target_a = BUFFER_INIT, target_b = BUFFER_INIT;
	int err;

	if (ia->number == ib->number)
		return 1; /* a target never changes */
	err = view_target(a, ia->number, &target_a);
	if (!err)
		err = view_target(b, ib->number, &target_b);
	if (err)
		return err;
	return target_a.size == target_b.size &&
	       memcmp(target_a.data, target_b.data, target_a.size) == 0;
}

static int same_xattrs(struct view *a, const struct inode *ia, struct view *b,
		       const struct inode *ib)
{
	_cleanup_(xattrs_release) struct xattrs set_a = XATTRS_INIT, set_b = XATTRS_INIT;
	int err;

	if (!ia->has_xattrs && !ib->has_xattrs)
		return 1;
	if (ia->has_xattrs != ib->has_xattrs)
		return 0;
	err = view_xattrs(a, ia, &set_a);
	if (!err)
		err = view_xattrs(b, ib, &set_b);
	if (err)
		return err;
	/* sorted, and encoded in one way */
	return set_a.bytes.size == set_b.bytes.size &&
	       memcmp(set_a.bytes.data, set_b.bytes.data, set_a.bytes.size) == 0;
}

int view_same(struct view *a, const struct inode *ia, struct view *b, const struct inode *ib)
{
	int same;

	if (ia->mode != ib->mode || ia->uid != ib->uid || ia->gid != ib->gid ||
	    ia->rdev != ib->rdev)
		return 0;
	same = same_xattrs(a, ia, b, ib);
	if (same == 1 && S_ISREG(ia->mode))
		same = same_content(a, ia, b, ib);
	if (same == 1 && S_ISLNK(ia->mode))
		same = same_target(a, ia, b, ib);
	return same;
}
