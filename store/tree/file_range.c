/*
 * Changes of a file's stored content by ranges: truncate, allocate, punch, seek, copy.
 *
 * All of them hold the file's io lock for writing and store its buffers first, so that
 * they work on stored content alone. What is large goes in steps of PAGE_STEP pages, each
 * one edit: a crash between two of them leaves a file that is cut, zeroed or copied in
 * part, as any file system may. Holes cost nothing: steps go over map rows.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <unistd.h>

#include "store/tree/file_internal.h"

/* ---- size ---- */

/* The block whose chunk changes its length when the size changes. */
struct tail {
	uint64_t block;
	size_t size;	      /* its new length; 0: no such block */
	struct digest digest; /* of its new bytes */
};

/* Puts the shortened or lengthened block; inside the gate. */
static int put_tail(struct view *view, const struct inode *inode, uint64_t size,
		    struct tail *ret_tail)
{
	uint64_t least = size < inode->size ? size : inode->size;
	_cleanup_free_ uint8_t *bytes = NULL;
	size_t got;
	int err;

	*ret_tail = (struct tail){ .block = least / BLOCK_SIZE };
	if (least % BLOCK_SIZE == 0 || size == inode->size)
		return 0;
	err = view_block(view, inode, ret_tail->block, &ret_tail->digest);
	if (err || digest_is_zero(&ret_tail->digest))
		return err;
	ret_tail->size = block_length(size, ret_tail->block);
	bytes = calloc(1, ret_tail->size);
	if (!bytes)
		return -ENOMEM;
	err = view_read(view, inode, ret_tail->block * BLOCK_SIZE, bytes,
			(size_t)(least % BLOCK_SIZE), &got);
	if (err)
		return err;
	return block_put(view->trees->chunks, bytes, ret_tail->size, &ret_tail->digest);
}

static int resize_inode(struct edit *edit, struct inode *inode, uint64_t size,
			const struct tail *tail)
{
	bool is_changed = inode->size != size;
	int err = edit_set_size(edit, inode, size);

	if (!err && tail->size)
		err = edit_set_blocks(edit, inode, tail->block, &tail->digest, 1);
	inode->mtime = edit->now;
	inode->ctime = edit->now;
	return !err && is_changed ? edit_touch(edit, inode) : err;
}

/* Inside the gate. */
static int resize_edit(struct file *file, uint64_t stored_size, uint64_t size,
		       const struct tail *tail, const struct attr_change *change,
		       struct inode *ret_inode)
{
	_cleanup_(cleanup_edit) struct edit edit;
	struct inode *inode;
	int err = edit_begin(&edit, file->space);

	if (!err)
		err = edit_inode(&edit, file->number, &inode);
	if (!err && inode->size != stored_size)
		err = -CSM_STALE;
	if (!err)
		err = resize_inode(&edit, inode, size, tail);
	if (!err && change)
		err = edit_apply(&edit, inode, change);
	if (!err)
		err = edit_commit(&edit);
	if (!err && ret_inode)
		*ret_inode = *inode;
	return err;
}

static int resize_step(struct file *file, uint64_t size, const struct attr_change *change,
		       struct inode *ret_inode)
{
	_cleanup_(cleanup_view) struct view *view = NULL;
	struct chunks *chunks = file->space->trees->chunks;
	struct inode inode;
	struct tail tail;
	int err = file_stored(file, &view, &inode);

	if (err)
		return err;
	chunks_enter(chunks);
	err = put_tail(view, &inode, size, &tail);
	if (!err)
		err = resize_edit(file, inode.size, size, &tail, change, ret_inode);
	if (err)
		blocks_abandon(file->space->trees, &tail.digest, 1);
	else
		file->stored_size = size;
	chunks_leave(chunks);
	return err;
}

int file_shrink_in_steps(struct file *file, uint64_t size)
{
	_cleanup_(cleanup_buffer) struct buffer pages = BUFFER_INIT;
	_cleanup_(cleanup_view) struct view *view = NULL;
	struct inode inode;
	size_t count;
	int err = file_stored(file, &view, &inode);

	if (err || inode.content != CONTENT_MAP || size >= inode.size)
		return err;
	/* to one block the map is dropped: only the rows of the top version are work */
	err = pages_list(view, size <= BLOCK_SIZE ? 1 : 0, inode.fork,
			 block_count(size) / MAP_BLOCKS, UINT64_MAX, &pages);
	count = pages.size / sizeof(uint32_t);
	REQUEST_PAUSED;
	while (!err && count > PAGE_STEP) {
		uint32_t page;

		count -= PAGE_STEP;
		memcpy(&page, pages.data + count * sizeof(page), sizeof(page));
		err = resize_step(file, page * PAGE_BYTES, NULL, NULL);
	}
	return err;
}

int file_resize(struct file *file, uint64_t size, const struct attr_change *change,
		struct inode *ret_inode)
{
	int err = file_store(file);

	/* a full disk is no reason not to cut to nothing; what was not stored may not come back then */
	if (err && size)
		return err;
	file_keep_no_longer(file);
	err = file_shrink_in_steps(file, size);
	if (!err)
		err = resize_step(file, size, change, ret_inode);
	if (err)
		file_keep_again(file);
	else
		file_forget(file);
	return err;
}

int files_set_size(struct space *space, uint64_t number, const struct attr_change *change,
		   struct inode *ret_inode)
{
	struct attr_change times = *change;
	struct file *file;
	int err;

	if (change->size > FILE_SIZE_MAX)
		return -EFBIG;
	err = file_open(space, number, &file);
	if (err)
		return err;
	times.set &= ~(unsigned)SET_SIZE;
	{
		WITH_WRITE(&file->io);
		err = file_resize(file, change->size, &times, ret_inode);
	}
	file_put(file);
	return err;
}

/* ---- holes ---- */

/* The pages from index on, at most PAGE_STEP, in one edit. */
static int zero_pages(struct file *file, const struct buffer *pages, size_t index, uint64_t first,
		      uint64_t end)
{
	static const struct digest holes[MAP_BLOCKS];
	_cleanup_(cleanup_edit) struct edit edit;
	struct inode *inode;
	int err = edit_begin(&edit, file->space);

	if (!err)
		err = edit_inode(&edit, file->number, &inode);
	for (size_t i = index; !err && i < index + PAGE_STEP; i++) {
		uint64_t begin, after;
		uint32_t page;

		if (i * sizeof(page) >= pages->size)
			break;
		memcpy(&page, pages->data + i * sizeof(page), sizeof(page));
		begin = (uint64_t)page * MAP_BLOCKS;
		after = begin + MAP_BLOCKS < end ? begin + MAP_BLOCKS : end;
		begin = begin > first ? begin : first;
		err = edit_set_blocks(&edit, inode, begin, holes, (size_t)(after - begin));
	}
	if (err)
		return err;
	inode->mtime = edit.now;
	inode->ctime = edit.now;
	err = edit_touch(&edit, inode);
	return err ? err : edit_commit(&edit);
}

/* Makes the blocks from first to before end holes; nothing is unstored. */
static int zero_blocks(struct file *file, uint64_t first, uint64_t end)
{
	_cleanup_(cleanup_buffer) struct buffer pages = BUFFER_INIT;
	_cleanup_(cleanup_view) struct view *view = NULL;
	const uint32_t only = 0;
	struct inode inode;
	int err = file_stored(file, &view, &inode);

	if (err || first >= end)
		return err;
	if (inode.content == CONTENT_MAP)
		err = pages_list(view, 0, inode.fork, first / MAP_BLOCKS,
				 (end + MAP_BLOCKS - 1) / MAP_BLOCKS, &pages);
	else if (inode.content == CONTENT_CHUNK)
		err = buffer_set(&pages, &only, sizeof(only));
	for (size_t i = 0; !err && i < pages.size / sizeof(only); i += PAGE_STEP)
		err = zero_pages(file, &pages, i, first, end);
	return err;
}

/* Zeros from offset to before end, which is not behind the file's end. */
static int zero_range(struct file *file, uint64_t offset, uint64_t end)
{
	uint64_t first = block_count(offset), after = end / BLOCK_SIZE;
	uint64_t head = first * BLOCK_SIZE < end ? first * BLOCK_SIZE : end;
	uint64_t tail = after >= first ? after * BLOCK_SIZE : end;
	int err = file_put_bytes(file, offset, NULL, (size_t)(head - offset));

	if (!err)
		err = file_put_bytes(file, tail, NULL, (size_t)(end - tail));
	if (!err)
		err = file_store(file);
	return err ? err : zero_blocks(file, first, after);
}

static int allocate(struct file *file, int mode, uint64_t offset, uint64_t end)
{
	_cleanup_(cleanup_view) struct view *view = NULL;
	struct inode inode;
	int err = space_frozen(file->space);

	if (!err)
		err = file_store(file);
	if (!err)
		err = file_stored(file, &view, &inode);
	if (!err && mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE) && offset < inode.size)
		err = zero_range(file, offset, end < inode.size ? end : inode.size);
	if (!err && !(mode & FALLOC_FL_KEEP_SIZE) && end > inode.size)
		err = file_resize(file, end, NULL, NULL);
	return err;
}

int file_allocate(struct file *file, int mode, uint64_t offset, uint64_t length)
{
	switch (mode) {
	case 0:
	case FALLOC_FL_KEEP_SIZE:
	case FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE:
	case FALLOC_FL_ZERO_RANGE:
	case FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE:
		break;
	default:
		return -EOPNOTSUPP;
	}
	if (length == 0)
		return -EINVAL;
	if (offset > FILE_SIZE_MAX || length > FILE_SIZE_MAX - offset)
		return -EFBIG;
	WITH_WRITE(&file->io);
	return allocate(file, mode, offset, offset + length);
}

int file_seek(struct file *file, uint64_t offset, int whence, uint64_t *ret_offset)
{
	_cleanup_(cleanup_view) struct view *view = NULL;
	struct inode inode;
	int err;

	WITH_WRITE(&file->io);
	err = file_store(file);
	if (!err)
		err = file_stored(file, &view, &inode);
	return err ? err : view_seek(view, &inode, offset, whence, ret_offset);
}
