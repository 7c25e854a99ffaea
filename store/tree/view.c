/*
 * Reading one fact: the nearest row of a view. The versions near the tip are asked
 * together, then the rest, so that a look-up in a deep chain is one or two calls of the
 * engine, most of them answered by its filters (P2).
 */
#include <errno.h>
#include <stdlib.h>

#include "store/tree/tree_internal.h"

enum { NEAR = 16 }; /* versions asked at once */

static void count_rows(struct view *view, size_t rows)
{
	atomic_fetch_add_explicit(&view->trees->rows_read, rows, memory_order_relaxed);
}

/* Asks the versions, nearest first, at most NEAR. */
static int nearest_of(struct view *view, const version_id *versions, uint32_t count,
		      const struct row_key *key, struct buffer *ret_value, version_id *ret_version)
{
	struct row_key keys[NEAR];
	struct slice slices[NEAR];
	struct buffer values[NEAR] = { 0 };
	int codes[NEAR], err;

	for (uint32_t i = 0; i < count; i++) {
		keys[i] = *key;
		put_be32(keys[i].bytes + 1, versions[i]);
		slices[i] = key_slice(&keys[i]);
	}
	count_rows(view, count);
	if (count == 1) {
		*ret_version = versions[0];
		return kv_get(view->trees->kv, slices[0], ret_value);
	}
	err = kv_get_many(view->trees->kv, slices, count, values, codes);
	for (uint32_t i = 0; !err && i < count; i++) {
		if (codes[i] == -ENOENT)
			continue;
		err = codes[i];
		if (!err) {
			buffer_release(ret_value);
			*ret_value = values[i];
			values[i] = (struct buffer)BUFFER_INIT;
			*ret_version = versions[i];
		}
		goto out;
	}
	if (!err)
		err = -ENOENT;
out:
	for (uint32_t i = 0; i < count; i++)
		buffer_release(&values[i]);
	return err;
}

int view_nearest(struct view *view, uint32_t own, const struct row_key *key,
		 struct buffer *ret_value, version_id *ret_version)
{
	uint32_t count = own && own < view->count ? own : view->count;
	version_id versions[NEAR];
	uint32_t gathered = 0;

	for (uint32_t place = 0; place < count; place++) {
		int err;

		if (view_may_have_row(view, place, key))
			versions[gathered++] = view->ids[place];
		if (gathered < NEAR && (gathered == 0 || place + 1 < count))
			continue;
		err = nearest_of(view, versions, gathered, key, ret_value, ret_version);
		if (err != -ENOENT)
			return err;
		gathered = 0;
	}
	return -ENOENT;
}

int view_inode(struct view *view, uint64_t number, struct inode *ret_inode)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;
	struct row_key key;
	version_id version;
	int err;

	key_row(&key, 0, ROW_INODE, number);
	err = view_nearest(view, 0, &key, &value, &version);
	if (err == -ENOENT)
		return -CSM_STALE;
	if (err)
		return err;
	ret_inode->number = number;
	err = row_decode_inode(buffer_slice(&value), ret_inode);
	return err == 1 ? -CSM_STALE : err;
}

/* One version's answer for the inodes still unknown; codes of those are -ENOENT before and after. */
static int ask_version(struct view *view, uint32_t place, const uint64_t *numbers, size_t count,
		       struct inode *ret_inodes, int *codes)
{
	struct row_key keys[NEAR];
	struct slice slices[NEAR];
	struct buffer values[NEAR] = { 0 };
	size_t which[NEAR], asked = 0;
	int answers[NEAR], err;

	for (size_t i = 0; i < count; i++) {
		if (codes[i] != -ENOENT || !view_may_have(view, place, ROW_INODE, numbers[i]))
			continue;
		key_row(&keys[asked], view->ids[place], ROW_INODE, numbers[i]);
		slices[asked] = key_slice(&keys[asked]);
		which[asked++] = i;
	}
	if (asked == 0)
		return 0;
	count_rows(view, asked);
	err = kv_get_many(view->trees->kv, slices, asked, values, answers);
	for (size_t i = 0; i < asked; i++) {
		struct inode *inode = &ret_inodes[which[i]];

		if (!err && answers[i] != -ENOENT) {
			inode->number = numbers[which[i]];
			codes[which[i]] =
				answers[i] ? answers[i]
					   : row_decode_inode(buffer_slice(&values[i]), inode);
		}
		buffer_release(&values[i]);
	}
	return err;
}

int view_inodes(struct view *view, const uint64_t *numbers, size_t count, struct inode *ret_inodes,
		int *ret_codes)
{
	for (size_t first = 0; first < count; first += NEAR) {
		size_t step = count - first < NEAR ? count - first : NEAR;
		int *codes = ret_codes + first;

		for (size_t i = 0; i < step; i++)
			codes[i] = -ENOENT;
		for (uint32_t v = 0; v < view->count; v++) {
			int err = ask_version(view, v, numbers + first, step, ret_inodes + first,
					      codes);

			if (err)
				return err;
		}
		for (size_t i = 0; i < step; i++)
			if (codes[i] == -ENOENT || codes[i] == 1)
				codes[i] = -CSM_STALE;
	}
	return 0;
}

int view_mark(struct view *view, uint32_t own, uint64_t dir, const char *name, uint64_t *ret_number,
	      bool *ret_explicit)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;
	struct dirent_row row;
	struct row_key key;
	version_id version;
	int err;

	key_dirent(&key, 0, dir, name);
	err = view_nearest(view, own, &key, &value, &version);
	if (err)
		return err;
	err = row_decode_dirent(buffer_slice(&value), &row);
	if (err < 0)
		return err;
	*ret_number = err == 1 ? 0 : row.number;
	*ret_explicit = row.is_explicit;
	return 0;
}

int view_lookup(struct view *view, uint64_t dir, const char *name, uint64_t *ret_number)
{
	bool is_explicit;
	int err = view_mark(view, 0, dir, name, ret_number, &is_explicit);

	if (err)
		return err;
	return *ret_number ? 0 : -ENOENT;
}

int view_target(struct view *view, uint64_t number, struct buffer *ret_target)
{
	struct row_key key;
	version_id version;
	struct inode inode;
	int err;

	key_row(&key, 0, ROW_TARGET, number);
	err = view_nearest(view, 0, &key, ret_target, &version);
	if (err == -ENOENT) {
		/* They come and go together: without its inode it was removed, maybe just now. */
		err = view_inode(view, number, &inode);
		return err ? err : -CSM_ROW_CORRUPT;
	}
	if (!err && (ret_target->size == 0 || ret_target->size > TARGET_LENGTH_MAX))
		return -CSM_ROW_CORRUPT;
	return err;
}

int view_xattrs(struct view *view, const struct inode *inode, struct xattrs *ret_xattrs)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;
	struct row_key key;
	version_id version;
	int err;

	*ret_xattrs = (struct xattrs)XATTRS_INIT;
	if (!inode->has_xattrs)
		return 0;
	key_row(&key, 0, ROW_XATTRS, inode->number);
	err = view_nearest(view, 0, &key, &value, &version);
	if (err == -ENOENT)
		return -CSM_ROW_CORRUPT;
	return err ? err : row_decode_xattrs(buffer_slice(&value), ret_xattrs);
}

const struct xattr *xattrs_find(const struct xattrs *xattrs, const char *name)
{
	for (size_t i = 0; i < xattrs->count; i++)
		if (strcmp(xattrs->list[i].name, name) == 0)
			return &xattrs->list[i];
	return NULL;
}

void xattrs_release(struct xattrs *xattrs)
{
	free(xattrs->list);
	buffer_release(&xattrs->bytes);
	*xattrs = (struct xattrs)XATTRS_INIT;
}

void inode_stat(const struct inode *inode, struct stat *ret_stat)
{
	memset(ret_stat, 0, sizeof(*ret_stat));
	ret_stat->st_ino = inode->number;
	ret_stat->st_mode = inode->mode;
	ret_stat->st_nlink = inode->nlink;
	ret_stat->st_uid = inode->uid;
	ret_stat->st_gid = inode->gid;
	ret_stat->st_rdev = inode->rdev;
	ret_stat->st_size = (off_t)inode->size;
	ret_stat->st_blksize = BLOCK_SIZE;
	ret_stat->st_atim = inode->atime;
	ret_stat->st_mtim = inode->mtime;
	ret_stat->st_ctim = inode->ctime;
	/* a block is charged as far as the file reaches; holes are free */
	ret_stat->st_blocks = (blkcnt_t)(inode->blocks * (BLOCK_SIZE / 512));
	if (inode->content == CONTENT_CHUNK ||
	    (uint64_t)ret_stat->st_blocks * 512 > ((inode->size + 4095) & ~(uint64_t)4095))
		ret_stat->st_blocks = (blkcnt_t)(((inode->size + 4095) & ~(uint64_t)4095) / 512);
}
