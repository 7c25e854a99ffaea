/*
 * The write buffers of an open file: blocks that were written and are not stored yet.
 *
 * A buffer holds its whole block: bytes up to buffer->size, zeros behind. What was stored
 * of a block is loaded before a part of it is overwritten, and the partial last block is
 * loaded when the file grows past it, because its chunk must become longer. So storing
 * writes every buffer as one chunk and reads nothing.
 *
 * Chunks are put outside the space's lock; the edit that names them is short. Its commit
 * and the end of the overlay are one step for every reader, both under that lock. A space
 * refuses writes from the moment it is frozen: the last look at it and the mark that
 * something is unstored are made together under its lock, where freezing can see them.
 */
#include <errno.h>
#include <time.h>

#include "store/tree/file_internal.h"

/* ---- one buffer ---- */

struct file_buffer *file_buffer_find(struct file *file, uint64_t block)
{
	for (size_t i = 0; i < file->buffer_count; i++)
		if (file->buffers[i].block == block)
			return &file->buffers[i];
	return NULL;
}

/* Makes room for size bytes. Small files must not cost a whole block of memory. */
static int buffer_room(struct file *file, struct file_buffer *buffer, size_t size)
{
	size_t capacity = buffer->capacity ? buffer->capacity : 4096;
	uint8_t *data;

	if (size <= buffer->capacity)
		return 0;
	while (capacity < size)
		capacity *= 2;
	data = realloc(buffer->data, capacity);
	if (!data)
		return -ENOMEM;
	atomic_fetch_add(&file->space->trees->dirty_bytes, capacity - buffer->capacity);
	buffer->data = data;
	buffer->capacity = capacity;
	return 0;
}

/* Makes the buffer at least size bytes long, with zeros. */
static int buffer_extend(struct file *file, struct file_buffer *buffer, size_t size)
{
	int err = buffer_room(file, buffer, size);

	if (err || size <= buffer->size)
		return err;
	memset(buffer->data + buffer->size, 0, size - buffer->size);
	buffer->size = size;
	return 0;
}

static void drop_buffers(struct file *file)
{
	for (size_t i = 0; i < file->buffer_count; i++) {
		struct file_buffer *buffer = &file->buffers[i];

		atomic_fetch_sub(&file->space->trees->dirty_bytes, buffer->capacity);
		free(buffer->data);
	}
	file->buffer_count = 0;
}

static void clear_overlay(struct file *file)
{
	WITH_MUTEX(&file->space->files_lock);
	file->is_unstored = false;
	file->new_blocks = 0;
}

void file_forget(struct file *file)
{
	clear_overlay(file);
	drop_buffers(file);
}

/* ---- reading ---- */

static uint64_t size_now(const struct file *file, const struct inode *stored)
{
	return file->is_unstored ? file->size : stored->size;
}

static void copy_from_buffer(const struct file_buffer *buffer, size_t within, uint8_t *data,
			     size_t size)
{
	size_t held = buffer->size > within ? buffer->size - within : 0;

	if (held > size)
		held = size;
	if (held)
		memcpy(data, buffer->data + within, held);
	memset(data + held, 0, size - held);
}

/* Stored bytes, with zeros where the file has become longer. */
static int copy_from_stored(struct view *view, const struct inode *stored, uint64_t offset,
			    uint8_t *data, size_t size)
{
	size_t got;
	int err = view_read(view, stored, offset, data, size, &got);

	if (!err)
		memset(data + got, 0, size - got);
	return err;
}

/* How much of size from offset on is in one block, or, without a buffer there, in stored blocks. */
static size_t piece_size(struct file *file, uint64_t offset, size_t size)
{
	size_t piece = BLOCK_SIZE - (size_t)(offset % BLOCK_SIZE);

	if (!file->buffer_count)
		return size;
	return piece < size ? piece : size;
}

int file_get_bytes(struct file *file, uint64_t offset, void *data, size_t size, size_t *ret_got)
{
	_cleanup_(cleanup_view) struct view *view = NULL;
	struct inode stored;
	size_t got = 0;
	int err = file_stored(file, &view, &stored);

	*ret_got = 0;
	if (err || offset >= size_now(file, &stored))
		return err;
	if (size > size_now(file, &stored) - offset)
		size = (size_t)(size_now(file, &stored) - offset);
	while (!err && got < size) {
		uint64_t at = offset + got;
		size_t piece = piece_size(file, at, size - got);
		struct file_buffer *buffer = file_buffer_find(file, at / BLOCK_SIZE);
		uint8_t *to = (uint8_t *)data + got;

		if (buffer)
			copy_from_buffer(buffer, (size_t)(at % BLOCK_SIZE), to, piece);
		else
			err = copy_from_stored(view, &stored, at, to, piece);
		got += piece;
	}
	if (!err)
		*ret_got = got;
	return err;
}

/* ---- making a buffer ---- */

struct stored {
	struct view *view;
	struct inode inode;
};

static void release_stored(struct stored *stored)
{
	view_unref(stored->view);
}

/*
 * Adds a buffer for block, with the stored bytes in it unless the caller overwrites all
 * of them.
 */
static int add_buffer(struct file *file, const struct stored *stored, uint64_t block,
		      bool is_overwritten, struct file_buffer **ret_buffer)
{
	struct file_buffer *buffer = &file->buffers[file->buffer_count];
	size_t size = block_length(stored->inode.size, block), got;
	struct digest digest;
	int err;

	*buffer = (struct file_buffer){ .block = block };
	err = view_block(stored->view, &stored->inode, block, &digest);
	if (!err && !digest_is_zero(&digest) && !is_overwritten) {
		err = buffer_extend(file, buffer, size);
		if (!err)
			err = view_read(stored->view, &stored->inode, block * BLOCK_SIZE,
					buffer->data, size, &got);
	}
	if (err) {
		atomic_fetch_sub(&file->space->trees->dirty_bytes, buffer->capacity);
		free(buffer->data);
		return err;
	}
	if (digest_is_zero(&digest)) {
		WITH_MUTEX(&file->space->files_lock);
		file->new_blocks++;
	}
	file->buffer_count++;
	*ret_buffer = buffer;
	return 0;
}

/* A file that grows to end for the first time needs its partial last block rewritten. */
static int keep_tail(struct file *file, const struct stored *stored, uint64_t end)
{
	uint64_t size = stored->inode.size, tail = size / BLOCK_SIZE;
	struct file_buffer *buffer;
	struct digest digest;
	int err;

	if (end <= size || size % BLOCK_SIZE == 0 || file_buffer_find(file, tail))
		return 0;
	err = view_block(stored->view, &stored->inode, tail, &digest);
	if (err || digest_is_zero(&digest))
		return err;
	return add_buffer(file, stored, tail, false, &buffer);
}

static int prepare_piece(struct file *file, uint64_t offset, size_t size,
			 struct file_buffer **ret_buffer)
{
	_cleanup_(release_stored) struct stored stored = { .view = NULL };
	uint64_t block = offset / BLOCK_SIZE;
	bool is_overwritten;
	int err = file_stored(file, &stored.view, &stored.inode);

	if (err)
		return err;
	file->stored_size = stored.inode.size;
	is_overwritten = offset % BLOCK_SIZE == 0 && size >= block_length(stored.inode.size, block);
	if (!*ret_buffer)
		err = add_buffer(file, &stored, block, is_overwritten, ret_buffer);
	return err ? err : keep_tail(file, &stored, offset + size);
}

/* ---- writing ---- */

static void mark_unstored(struct file *file, uint64_t end)
{
	WITH_MUTEX(&file->space->files_lock);
	if (!file->is_unstored) {
		file->is_unstored = true;
		file->size = file->stored_size;
		clock_gettime(CLOCK_MONOTONIC, &file->since);
	}
	if (end > file->size)
		file->size = end;
	clock_gettime(CLOCK_REALTIME, &file->changed);
}

/* Is there room on the disk for what is unstored, of all files, and one block more? */
static int has_room(struct file *file)
{
	struct trees *trees = file->space->trees;

	return chunks_room(trees->chunks, atomic_load(&trees->dirty_bytes) + BLOCK_SIZE);
}

/*
 * Stores before too much gathers, of this file or of all, and before a block is taken that the
 * disk may not have room for: a write that is too much is refused, not the close after it.
 */
static int keep_bounds(struct file *file, uint64_t block)
{
	uint64_t dirty = atomic_load(&file->space->trees->dirty_bytes);
	bool is_held = file_buffer_find(file, block);
	int err = is_held ? 0 : has_room(file);

	if (!err && dirty < DIRTY_LIMIT && (is_held || file->buffer_count < FILE_BUFFERS))
		return 0;
	if (err && err != -ENOSPC)
		return err;
	if (!err)
		return file_store(file);
	err = file_store(file);
	return err ? err : has_room(file);
}

/* Within one block. */
static int put_piece(struct file *file, uint64_t offset, const void *data, size_t size)
{
	size_t within = (size_t)(offset % BLOCK_SIZE);
	struct file_buffer *buffer;
	int err = keep_bounds(file, offset / BLOCK_SIZE);

	if (err)
		return err;
	buffer = file_buffer_find(file, offset / BLOCK_SIZE);
	if (!buffer || (offset + size > file->size && file->size == file->stored_size))
		err = prepare_piece(file, offset, size, &buffer);
	if (!err)
		err = buffer_extend(file, buffer, within);
	if (!err)
		err = buffer_room(file, buffer, within + size);
	if (err)
		return err;
	WITH_READ(&file->space->lock);
	if (file->space->frozen)
		return file->space->frozen;
	if (data)
		memcpy(buffer->data + within, data, size);
	else
		memset(buffer->data + within, 0, size);
	if (buffer->size < within + size)
		buffer->size = within + size;
	mark_unstored(file, offset + size);
	return 0;
}

int file_put_bytes(struct file *file, uint64_t offset, const void *data, size_t size)
{
	const uint8_t *from = data;
	int err = space_frozen(file->space);

	while (!err && size) {
		size_t piece = BLOCK_SIZE - (size_t)(offset % BLOCK_SIZE);

		if (piece > size)
			piece = size;
		err = put_piece(file, offset, from, piece);
		offset += piece;
		size -= piece;
		from = from ? from + piece : NULL;
	}
	/* Among too many writers each holds nothing, or what all hold would grow with their number. */
	if (!err && atomic_load(&file->space->trees->dirty_bytes) >= DIRTY_LIMIT)
		err = file_store(file);
	/* blocks that were loaded for a write that was refused */
	if (err && !file->is_unstored)
		file_forget(file);
	return err;
}

/* ---- storing ---- */

static int by_block(const void *a, const void *b)
{
	uint64_t left = ((const struct file_buffer *)a)->block;
	uint64_t right = ((const struct file_buffer *)b)->block;

	return (left > right) - (left < right);
}

static int put_chunks(struct file *file, struct digest *ret_digests)
{
	struct chunks *chunks = file->space->trees->chunks;

	qsort(file->buffers, file->buffer_count, sizeof(file->buffers[0]), by_block);
	for (size_t i = 0; i < file->buffer_count; i++) {
		struct file_buffer *buffer = &file->buffers[i];
		size_t size = block_length(file->size, buffer->block);
		int err = buffer_extend(file, buffer, size);

		if (!err)
			err = block_put(chunks, buffer->data, size, &ret_digests[i]);
		if (err)
			return err;
	}
	return 0;
}

/* One call for each run of neighbours, so that a map row is written once. */
static int set_runs(struct edit *edit, struct inode *inode, const struct file *file,
		    const struct digest *digests)
{
	size_t begin = 0;

	while (begin < file->buffer_count) {
		uint64_t first = file->buffers[begin].block;
		size_t end = begin + 1;
		int err;

		while (end < file->buffer_count &&
		       file->buffers[end].block == first + (end - begin))
			end++;
		err = edit_set_blocks(edit, inode, first, digests + begin, end - begin);
		if (err)
			return err;
		begin = end;
	}
	return 0;
}

static bool is_before(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec < b->tv_sec : a->tv_nsec < b->tv_nsec;
}

static int store_edit(struct file *file, const struct digest *digests)
{
	_cleanup_(cleanup_edit) struct edit edit;
	struct inode *inode;
	int err = edit_begin(&edit, file->space);

	if (!err)
		err = edit_inode(&edit, file->number, &inode);
	if (!err && inode->size != file->stored_size)
		err = -CSM_STALE;
	if (!err)
		err = edit_set_size(&edit, inode, file->size);
	if (!err)
		err = set_runs(&edit, inode, file, digests);
	if (err)
		return err;
	inode->mtime = file->changed;
	if (is_before(&inode->ctime, &file->changed))
		inode->ctime = file->changed;
	err = edit_touch(&edit, inode);
	if (!err)
		err = edit_commit(&edit);
	if (!err)
		clear_overlay(file);
	return err;
}

int file_store(struct file *file)
{
	struct digest digests[FILE_BUFFERS + 2] = { 0 };
	struct chunks *chunks = file->space->trees->chunks;
	int err;

	if (!file->is_unstored)
		return 0;
	chunks_enter(chunks);
	err = put_chunks(file, digests);
	if (!err)
		err = store_edit(file, digests);
	if (err)
		blocks_abandon(file->space->trees, digests, file->buffer_count);
	chunks_leave(chunks);
	if (!err)
		drop_buffers(file);
	else if (err == -CSM_STALE)
		file_forget(file);
	return err;
}
