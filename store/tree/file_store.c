/*
 * Storing what the write buffers of a file hold: chunks first, then one edit that names them.
 *
 * Chunks are put outside the space's lock, so the edit is short. Its commit, the end of the
 * overlay and the end of the slots are one step for every reader, under that lock.
 */
#include <errno.h>

#include "store/tree/file_internal.h"

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
		int err;

		file_buffer_extend(file, buffer, size);
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
		file_clear_overlay(file);
	return err;
}

int file_store(struct file *file)
{
	struct digest digests[FILE_BUFFERS + 2] = { 0 };
	struct chunks *chunks = file->space->trees->chunks;
	int err;

	if (!file->is_unstored)
		return 0;
	REQUEST_PAUSED; /* a rename, or whoever looks at DELTA, has it stored and is not carried out by that */
	chunks_enter(chunks);
	err = put_chunks(file, digests);
	if (!err)
		err = store_edit(file, digests);
	if (err)
		blocks_abandon(file->space->trees, digests, file->buffer_count);
	chunks_leave(chunks);
	if (!err)
		file_drop_buffers(file);
	else if (err == -CSM_STALE)
		file_forget(file);
	return err;
}
