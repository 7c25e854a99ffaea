/*
 * The write buffers of an open file: blocks that were written and are not stored yet.
 *
 * A buffer is a slot of memory that outlives the process (unstored.h), and holds its whole
 * block: bytes up to buffer->size, zeros behind. What was stored
 * of a block is loaded before a part of it is overwritten, and the partial last block is
 * loaded when the file grows past it, because its chunk must become longer. So storing
 * writes every buffer as one chunk and reads nothing (file_store.c).
 *
 * A space refuses writes from the moment it is frozen: the last look at it and the mark that
 * something is unstored are made together under its lock, where freezing can see them.
 *
 * For the process after us a slot counts as long as it is held. It is held from the mark on, with
 * the space's lock, and let go with that lock after the commit. So nothing that waits for the lock
 * (a seal, a freeze, a deletion) comes between a commit and the end of its slots; and whoever
 * finds held slots may store them, again perhaps, for nothing else happened to the file since.
 * A process that dies in the middle of a write leaves a part of it there: nobody was told that it
 * was written.
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

#define PAGE_SIZE ((size_t)4096)

/* Counts the memory that size bytes of a buffer take: a small file has no whole block of it. */
static void count_memory(struct file *file, struct file_buffer *buffer, size_t size)
{
	size_t counted = (size + PAGE_SIZE - 1) / PAGE_SIZE * PAGE_SIZE;

	if (counted <= buffer->counted)
		return;
	atomic_fetch_add(&file->space->trees->dirty_bytes, counted - buffer->counted);
	buffer->counted = counted;
}

void file_buffer_extend(struct file *file, struct file_buffer *buffer, size_t size)
{
	if (size <= buffer->size)
		return;
	count_memory(file, buffer, size);
	memset(buffer->data + buffer->size, 0, size - buffer->size);
	buffer->size = size;
}

/* A buffer for block behind the others, not yet one of them. */
static int buffer_take(struct file *file, uint64_t block, struct file_buffer **ret_buffer)
{
	struct unstored *unstored = file->space->trees->unstored;
	struct file_buffer *buffer = &file->buffers[file->buffer_count];
	uint32_t slot;
	int err = unstored_take(unstored, &slot);

	if (err)
		return err;
	*buffer = (struct file_buffer){
		.block = block, .slot = slot, .data = unstored_data(unstored, slot)
	};
	*ret_buffer = buffer;
	return 0;
}

static void buffer_give_back(struct file *file, struct file_buffer *buffer)
{
	struct trees *trees = file->space->trees;

	atomic_fetch_sub(&trees->dirty_bytes, buffer->counted);
	unstored_give_back(trees->unstored, buffer->slot, buffer->counted);
}

void file_drop_buffers(struct file *file)
{
	for (size_t i = 0; i < file->buffer_count; i++)
		buffer_give_back(file, &file->buffers[i]);
	file->buffer_count = 0;
}

/* ---- what outlives the process ---- */

static int64_t nanoseconds(const struct timespec *time)
{
	return (int64_t)time->tv_sec * 1000000000 + time->tv_nsec;
}

static void hold_buffer(struct file *file, const struct file_buffer *buffer)
{
	struct unstored_block block = {
		.space = file->space->id,
		.size = (uint32_t)buffer->size,
		.number = file->number,
		.block = buffer->block,
		.file_size = file->size,
		.changed = nanoseconds(&file->changed),
	};

	unstored_hold(file->space->trees->unstored, buffer->slot, &block);
}

void file_keep_no_longer(struct file *file)
{
	for (size_t i = 0; i < file->buffer_count; i++)
		unstored_let_go(file->space->trees->unstored, file->buffers[i].slot);
}

void file_keep_again(struct file *file)
{
	for (size_t i = 0; i < file->buffer_count; i++)
		if (file->buffers[i].size)
			hold_buffer(file, &file->buffers[i]);
}

void file_clear_overlay(struct file *file)
{
	file_keep_no_longer(file);
	WITH_MUTEX(&file->space->files_lock);
	file->is_unstored = false;
	file->new_blocks = 0;
}

void file_forget(struct file *file)
{
	file_clear_overlay(file);
	file_drop_buffers(file);
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
	struct file_buffer *buffer;
	size_t size = block_length(stored->inode.size, block), got;
	struct digest digest;
	int err = view_block(stored->view, &stored->inode, block, &digest);

	if (!err)
		err = buffer_take(file, block, &buffer);
	if (err)
		return err;
	if (!digest_is_zero(&digest) && !is_overwritten) {
		file_buffer_extend(file, buffer, size);
		err = view_read(stored->view, &stored->inode, block * BLOCK_SIZE, buffer->data,
				size, &got);
	}
	if (err) {
		buffer_give_back(file, buffer);
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

/* The buffer holds the bytes by now. */
static void mark_unstored(struct file *file, const struct file_buffer *buffer, uint64_t end)
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
	hold_buffer(file, buffer);
}

/* Do too many bytes of all files wait, or too many blocks? */
static bool is_full(struct file *file)
{
	struct trees *trees = file->space->trees;

	return atomic_load(&trees->dirty_bytes) >= DIRTY_LIMIT ||
	       unstored_is_scarce(trees->unstored);
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
	bool is_held = file_buffer_find(file, block);
	int err = is_held ? 0 : has_room(file);

	if (!err && !is_full(file) && (is_held || file->buffer_count < FILE_BUFFERS))
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
	if (err)
		return err;
	file_buffer_extend(file, buffer, within);
	count_memory(file, buffer, within + size);
	WITH_READ(&file->space->lock);
	if (file->space->frozen)
		return file->space->frozen;
	if (data)
		memcpy(buffer->data + within, data, size);
	else
		memset(buffer->data + within, 0, size);
	if (buffer->size < within + size)
		buffer->size = within + size;
	mark_unstored(file, buffer, offset + size);
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
	if (!err && is_full(file))
		err = file_store(file);
	/* blocks that were loaded for a write that was refused */
	if (err && !file->is_unstored)
		file_forget(file);
	return err;
}

/* ---- what the process before left ---- */

/* Cannot fail. The tail of the file is a buffer already when it had to be loaded. */
static void adopt_block(struct file *file, const struct left_block *left)
{
	struct unstored *unstored = file->space->trees->unstored;
	struct file_buffer *buffer = &file->buffers[file->buffer_count];
	size_t length = block_length(file->size, left->said.block);

	unstored_adopt(unstored, left->slot);
	*buffer = (struct file_buffer){
		.block = left->said.block,
		.slot = left->slot,
		.data = unstored_data(unstored, left->slot),
		.size = left->said.size < length ? left->said.size : length,
	};
	count_memory(file, buffer, left->said.size);
	if (buffer->size)
		file->buffer_count++;
	else
		buffer_give_back(file, buffer);
}

/* The overlay as it was: sizes only grow between two stores, so the largest is the last. */
static void adopt_overlay(struct file *file, const struct left_block *blocks, size_t count)
{
	int64_t changed = blocks[0].said.changed;

	for (size_t i = 0; i < count; i++) {
		if (blocks[i].said.file_size > file->size)
			file->size = blocks[i].said.file_size;
		if (blocks[i].said.changed > changed)
			changed = blocks[i].said.changed;
	}
	file->changed.tv_sec = changed / 1000000000 - (changed % 1000000000 < 0);
	file->changed.tv_nsec = (changed % 1000000000 + 1000000000) % 1000000000;
	clock_gettime(CLOCK_MONOTONIC, &file->since);
}

/* Everything that can fail; nothing is taken yet. */
static int prepare_left(struct file *file, const struct stored *stored,
			const struct left_block *blocks, size_t count, uint64_t *ret_new_blocks)
{
	bool has_tail = false;
	int err = 0;

	*ret_new_blocks = 0;
	for (size_t i = 0; !err && i < count; i++) {
		struct digest digest;

		err = view_block(stored->view, &stored->inode, blocks[i].said.block, &digest);
		*ret_new_blocks += !err && digest_is_zero(&digest);
		has_tail |= blocks[i].said.block == stored->inode.size / BLOCK_SIZE;
	}
	return err || has_tail ? err : keep_tail(file, stored, file->size);
}

int file_put_left(struct file *file, const struct left_block *blocks, size_t count)
{
	_cleanup_(release_stored) struct stored stored = { .view = NULL };
	uint64_t new_blocks;
	int err = file_stored(file, &stored.view, &stored.inode);

	if (err)
		return err;
	file->stored_size = stored.inode.size;
	file->size = stored.inode.size;
	adopt_overlay(file, blocks, count);
	err = prepare_left(file, &stored, blocks, count, &new_blocks);
	if (err) {
		file_drop_buffers(file);
		return err;
	}
	for (size_t i = 0; i < count; i++)
		adopt_block(file, &blocks[i]);
	WITH_MUTEX(&file->space->files_lock);
	file->is_unstored = true;
	file->new_blocks = new_blocks;
	return 0;
}
