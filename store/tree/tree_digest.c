/*
 * The canonical digest (docs/format.md "Digest"): made from content alone, never from
 * numbers, times, versions or the order of edits.
 *
 * The digest of a directory's entries is kept in a digest row. An empty one means "changed
 * since"; a version without one for a directory has not changed anything in it, so the nearest
 * row of the chain answers. After an edit only the directories above it are computed again.
 *
 * A digest is kept in the version that says "changed since", also when that one holds still:
 * it is true for all that stands on it, and the next level need not compute it again.
 */
#include <errno.h>
#include <stdlib.h>

#include "store/tree/merge.h"

enum { DEPTH_MAX = 10000, GROUP = 64 };

static int entries_digest(struct view *view, uint64_t dir, int depth, struct digest *ret_digest);

static void add_le(struct hasher *hasher, uint64_t value, size_t size)
{
	uint8_t bytes[8];

	put_le64(bytes, value);
	hasher_add(hasher, bytes, size);
}

static int map_digest(struct view *view, const struct inode *inode, struct digest *ret_digest)
{
	_cleanup_(cleanup_hasher) struct hasher *hasher = hasher_new();
	_cleanup_(cleanup_merge) struct merge *merge = NULL;
	_cleanup_free_ struct map_row *row = malloc(sizeof(*row));
	int err;

	if (!hasher || !row)
		return -ENOMEM;
	err = merge_new(view, 0, view->count, ROW_MAP, inode->fork, &merge);
	for (; !err && merge_valid(merge); merge_next(merge)) {
		uint64_t first = (uint64_t)get_be32(merge_rest(merge).data) * MAP_BLOCKS;
		int empty = row_decode_map(merge_value(merge), row);

		if (empty < 0)
			return empty;
		for (uint32_t i = 0; i < MAP_BLOCKS; i++) {
			if (digest_is_zero(&row->block[i]))
				continue;
			add_le(hasher, first + i, 8);
			hasher_add(hasher, row->block[i].bytes, DIGEST_SIZE);
		}
	}
	if (!err)
		err = merge_error(merge);
	if (!err)
		hasher_end(hasher, ret_digest);
	return err;
}

static int add_content(struct hasher *hasher, struct view *view, const struct inode *inode,
		       int depth)
{
	_cleanup_(cleanup_buffer) struct buffer target = BUFFER_INIT;
	struct digest digest = { 0 };
	int err = 0;

	if (S_ISREG(inode->mode)) {
		add_le(hasher, inode->size, 8);
		if (inode->content == CONTENT_CHUNK)
			digest = inode->chunk;
		else if (inode->content == CONTENT_MAP)
			err = map_digest(view, inode, &digest);
		hasher_add(hasher, digest.bytes, DIGEST_SIZE);
	} else if (S_ISDIR(inode->mode)) {
		err = entries_digest(view, inode->number, depth + 1, &digest);
		hasher_add(hasher, digest.bytes, DIGEST_SIZE);
	} else if (S_ISLNK(inode->mode)) {
		err = view_target(view, inode->number, &target);
		if (!err) {
			add_le(hasher, target.size, 8);
			hasher_add(hasher, target.data, target.size);
		}
	} else {
		add_le(hasher, inode->rdev, 8);
	}
	return err;
}

static int add_xattrs(struct hasher *hasher, struct view *view, const struct inode *inode)
{
	_cleanup_(xattrs_release) struct xattrs xattrs = XATTRS_INIT;
	int err = view_xattrs(view, inode, &xattrs);

	if (err)
		return err;
	add_le(hasher, xattrs.count, 4);
	for (size_t i = 0; i < xattrs.count; i++) {
		size_t size = strlen(xattrs.list[i].name);

		add_le(hasher, size, 1);
		hasher_add(hasher, xattrs.list[i].name, size);
		add_le(hasher, xattrs.list[i].value.size, 4);
		hasher_add(hasher, xattrs.list[i].value.data, xattrs.list[i].value.size);
	}
	return 0;
}

static int inode_digest(struct view *view, const struct inode *inode, int depth,
			struct digest *ret_digest)
{
	_cleanup_(cleanup_hasher) struct hasher *hasher = hasher_new();
	int err;

	if (!hasher)
		return -ENOMEM;
	add_le(hasher, inode->mode, 4);
	add_le(hasher, inode->uid, 4);
	add_le(hasher, inode->gid, 4);
	err = add_content(hasher, view, inode, depth);
	if (!err)
		err = add_xattrs(hasher, view, inode);
	if (!err)
		hasher_end(hasher, ret_digest);
	return err;
}

/* ---- the entries of a directory ---- */

struct entries {
	struct view *view;
	struct hasher *hasher;
	int depth;
	size_t count; /* gathered, not yet hashed */
	uint64_t numbers[GROUP];
	char names[GROUP][NAME_LENGTH_MAX + 1];
	struct inode inodes[GROUP];
	int codes[GROUP];
};

static int hash_group(struct entries *entries)
{
	int err = view_inodes(entries->view, entries->numbers, entries->count, entries->inodes,
			      entries->codes);

	for (size_t i = 0; !err && i < entries->count; i++) {
		struct digest digest;
		size_t size = strlen(entries->names[i]);

		err = entries->codes[i] == -CSM_STALE ? -CSM_ROW_CORRUPT : entries->codes[i];
		if (!err)
			err = inode_digest(entries->view, &entries->inodes[i], entries->depth,
					   &digest);
		if (err)
			return err;
		add_le(entries->hasher, size, 1);
		hasher_add(entries->hasher, entries->names[i], size);
		hasher_add(entries->hasher, digest.bytes, DIGEST_SIZE);
	}
	entries->count = 0;
	return err;
}

static int gather(void *context, const char *name, uint64_t number, uint32_t type)
{
	struct entries *entries = context;

	(void)type;
	memcpy(entries->names[entries->count], name, strlen(name) + 1);
	entries->numbers[entries->count++] = number;
	return entries->count == GROUP ? hash_group(entries) : 0;
}

/* -ENOENT: it is to be computed; ret_version is where it is kept then. */
static int kept_digest(struct view *view, uint64_t dir, struct digest *ret_digest,
		       version_id *ret_version)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;
	struct row_key key;
	version_id version;
	int err;

	*ret_version = view->ids[0];
	key_digest(&key, 0, dir);
	err = view_nearest(view, 0, &key, &value, &version);
	if (err)
		return err;
	if (value.size == 0) {
		*ret_version = version;
		return -ENOENT;
	}
	if (value.size != DIGEST_SIZE)
		return -CSM_ROW_CORRUPT;
	memcpy(ret_digest->bytes, value.data, DIGEST_SIZE);
	return 0;
}

static int keep_digest(struct view *view, version_id version, uint64_t dir,
		       const struct digest *digest)
{
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;
	struct row_key key;

	key_digest(&key, version, dir);
	kv_batch_put(&batch, key_slice(&key), slice_of(digest->bytes, DIGEST_SIZE));
	return kv_commit(view->trees->kv, &batch);
}

static void free_entries(struct entries **entries)
{
	if (*entries)
		hasher_free((*entries)->hasher);
	free(*entries);
}

static int entries_digest(struct view *view, uint64_t dir, int depth, struct digest *ret_digest)
{
	_cleanup_(free_entries) struct entries *entries = NULL;
	version_id version;
	int err = kept_digest(view, dir, ret_digest, &version);

	if (err != -ENOENT)
		return err;
	if (depth > DEPTH_MAX)
		return -ELOOP;
	entries = calloc(1, sizeof(*entries));
	if (!entries)
		return -ENOMEM;
	entries->view = view;
	entries->depth = depth;
	entries->hasher = hasher_new();
	if (!entries->hasher)
		return -ENOMEM;
	err = view_list(view, dir, gather, entries);
	if (!err)
		err = hash_group(entries);
	if (err)
		return err;
	hasher_end(entries->hasher, ret_digest);
	return keep_digest(view, version, dir, ret_digest);
}

int view_digest(struct view *view, uint64_t number, struct digest *ret_digest)
{
	struct inode inode;
	int err = view_inode(view, number, &inode);

	return err ? err : inode_digest(view, &inode, 0, ret_digest);
}
