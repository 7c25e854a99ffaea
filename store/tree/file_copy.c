/*
 * Copying a range of one file to another, or to another place in itself.
 *
 * Where both ranges stand on block limits nothing is read: the blocks' digests are given to
 * the other file and the chunks have one more reference. The last, shorter block can be
 * shared where it ends both of two files. What is left is read and written in pieces.
 *
 * One call does a bounded amount of work; its callers go on where it stopped, as those of
 * copy_file_range(2) must.
 *
 * Both files' io locks are held for writing, taken in the order of their addresses.
 */
#include <errno.h>

#include "store/tree/file_internal.h"

#define SHARE_BLOCKS 256u	 /* in one edit */
#define SHARE_LIMIT  (1u << 30)	 /* bytes shared by one call */
#define PLAIN_LIMIT  (64u << 20) /* bytes copied by one call */

struct copy {
	struct file *from, *to;
	uint64_t from_offset, to_offset, left;
	uint64_t shared, plain; /* bytes done so far */
	uint8_t *piece;		/* BLOCK_SIZE bytes */
};

static void copy_advance(struct copy *copy, uint64_t size)
{
	copy->from_offset += size;
	copy->to_offset += size;
	copy->left -= size;
}

/* ---- sharing ---- */

/* How many blocks can be shared from here on, at most SHARE_BLOCKS. */
static size_t sharable(const struct copy *copy, uint64_t from_size, uint64_t to_size)
{
	uint64_t count = copy->left / BLOCK_SIZE;
	/* in one file the last block of the source becomes an inner one, and longer */
	bool ends_both = copy->from != copy->to && copy->from_offset + copy->left == from_size &&
			 copy->to_offset + copy->left >= to_size;

	if (copy->from_offset % BLOCK_SIZE || copy->to_offset % BLOCK_SIZE)
		return 0;
	if (copy->left % BLOCK_SIZE && ends_both)
		count++;
	return count < SHARE_BLOCKS ? (size_t)count : SHARE_BLOCKS;
}

static int share_edit(const struct copy *copy, const struct digest *digests, size_t count,
		      uint64_t bytes)
{
	_cleanup_(cleanup_edit) struct edit edit;
	uint64_t end = copy->to_offset + bytes;
	struct inode *inode;
	int err = edit_begin(&edit, copy->to->space);

	if (!err)
		err = edit_inode(&edit, copy->to->number, &inode);
	if (!err && end > inode->size)
		err = edit_set_size(&edit, inode, end);
	if (!err)
		err = edit_set_blocks(&edit, inode, copy->to_offset / BLOCK_SIZE, digests, count);
	if (err)
		return err;
	inode->mtime = edit.now;
	inode->ctime = edit.now;
	err = edit_touch(&edit, inode);
	return err ? err : edit_commit(&edit);
}

/* Inside the gate: what is named here cannot be collected before it is named again. */
static int share_blocks(struct copy *copy, size_t count, uint64_t bytes)
{
	_cleanup_(cleanup_view) struct view *view = NULL;
	_cleanup_free_ struct digest *digests = calloc(count, sizeof(*digests));
	struct page_cache cache = { .loaded = false };
	struct inode inode;
	int err = digests ? file_stored(copy->from, &view, &inode) : -ENOMEM;

	for (size_t i = 0; !err && i < count; i++)
		err = content_block(view, &inode, copy->from_offset / BLOCK_SIZE + i, &cache,
				    &digests[i]);
	return err ? err : share_edit(copy, digests, count, bytes);
}

static int sizes_stored(const struct copy *copy, uint64_t *ret_from, uint64_t *ret_to)
{
	_cleanup_(cleanup_view) struct view *from = NULL, *to = NULL;
	struct inode inode = { .size = 0 };
	int err = file_store(copy->from);

	if (!err)
		err = file_store(copy->to);
	if (!err)
		err = file_stored(copy->from, &from, &inode);
	*ret_from = inode.size;
	if (!err)
		err = file_stored(copy->to, &to, &inode);
	*ret_to = inode.size;
	return err;
}

/* 1 when it shared something, 0 when there is nothing to share here. */
static int copy_share(struct copy *copy)
{
	struct chunks *chunks = copy->to->space->trees->chunks;
	uint64_t from_size, to_size, bytes;
	size_t count;
	int err = sizes_stored(copy, &from_size, &to_size);

	if (err)
		return err;
	count = sharable(copy, from_size, to_size);
	if (!count)
		return 0;
	bytes = (uint64_t)count * BLOCK_SIZE;
	if (bytes > copy->left)
		bytes = copy->left;
	if (copy->to_offset > to_size)
		err = file_resize(copy->to, copy->to_offset, NULL, NULL);
	if (err)
		return err;
	chunks_enter(chunks);
	err = share_blocks(copy, count, bytes);
	chunks_leave(chunks);
	if (err)
		return err;
	copy->shared += bytes;
	copy_advance(copy, bytes);
	return 1;
}

/* ---- copying ---- */

/* One piece, up to the next limit of a block, where sharing may go on. */
static int copy_piece(struct copy *copy)
{
	size_t size = BLOCK_SIZE - (size_t)(copy->to_offset % BLOCK_SIZE), got;
	int err;

	if (size > copy->left)
		size = (size_t)copy->left;
	err = file_get_bytes(copy->from, copy->from_offset, copy->piece, size, &got);
	if (!err && got == 0)
		err = -EIO;
	if (!err)
		err = file_put_bytes(copy->to, copy->to_offset, copy->piece, got);
	if (err)
		return err;
	copy->plain += got;
	copy_advance(copy, got);
	return 0;
}

static bool on_block_limits(const struct copy *copy)
{
	return copy->from_offset % BLOCK_SIZE == 0 && copy->to_offset % BLOCK_SIZE == 0;
}

static int copy_all(struct copy *copy)
{
	int err = 0;

	while (!err && copy->left && copy->shared < SHARE_LIMIT && copy->plain < PLAIN_LIMIT) {
		int done = on_block_limits(copy) ? copy_share(copy) : 0;

		if (done < 0)
			return done;
		if (!done)
			err = copy_piece(copy);
	}
	return err;
}

static uint64_t file_size(struct file *file, int *ret_err)
{
	_cleanup_(cleanup_view) struct view *view = NULL;
	struct inode inode = { .size = 0 };

	*ret_err = file_stored(file, &view, &inode);
	return file->is_unstored ? file->size : inode.size;
}

/* Both are locked. */
static int copy_locked(struct copy *copy)
{
	uint64_t length = copy->left;
	int err;
	uint64_t size = file_size(copy->from, &err);

	if (err || copy->from_offset >= size) {
		copy->left = 0;
		return err;
	}
	if (length > size - copy->from_offset)
		length = size - copy->from_offset;
	copy->left = length;
	if (copy->to_offset > FILE_SIZE_MAX || length > FILE_SIZE_MAX - copy->to_offset)
		return -EFBIG;
	if (copy->from == copy->to && copy->from_offset < copy->to_offset + length &&
	    copy->to_offset < copy->from_offset + length)
		return -EINVAL;
	err = copy_all(copy);
	/* what was copied before the failure is copied */
	return copy->left < length ? 0 : err;
}

int file_copy(struct file *from, uint64_t from_offset, struct file *to, uint64_t to_offset,
	      uint64_t length, uint64_t *ret_copied)
{
	_cleanup_free_ uint8_t *piece = malloc(BLOCK_SIZE);
	struct copy copy = { from, to, from_offset, to_offset, length, 0, 0, piece };
	struct file *first = from < to ? from : to;
	int err;

	*ret_copied = 0;
	if (!piece)
		return -ENOMEM;
	WITH_WRITE(&first->io);
	if (from == to) {
		err = copy_locked(&copy);
	} else {
		WITH_WRITE(first == from ? &to->io : &from->io);
		err = copy_locked(&copy);
	}
	*ret_copied = copy.shared + copy.plain;
	return err;
}
