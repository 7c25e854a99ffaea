/*
 * Taking over what the process before had acknowledged and not stored.
 *
 * It may have died anywhere, also between a commit and the end of the slots that went with it,
 * and when it had let go of some of them. To store the rest again makes the same file: between
 * two stores only writes change a file, and the slots say what they were.
 *
 * Nothing here is a reason not to open a space. What cannot be stored now (a full disk, damaged
 * rows) stays unstored: readers see it, and it is tried again every second as for any file.
 */
#include <errno.h>

#include "store/base/log.h"
#include "store/tree/file_internal.h"

static int by_file_and_block(const void *a, const void *b)
{
	const struct unstored_block *left = &((const struct left_block *)a)->said;
	const struct unstored_block *right = &((const struct left_block *)b)->said;

	if (left->number != right->number)
		return left->number < right->number ? -1 : 1;
	return (left->block > right->block) - (left->block < right->block);
}

/* All blocks that were left in the space, sorted. */
static int list_left(struct space *space, struct buffer *ret_blocks)
{
	struct left_block left;

	for (left.slot = 0; left.slot < UNSTORED_SLOTS; left.slot++)
		if (unstored_left(space->trees->unstored, left.slot, &left.said) &&
		    left.said.space == space->id)
			buffer_add(ret_blocks, &left, sizeof(left));
	if (buffer_failed(ret_blocks))
		return -ENOMEM;
	if (ret_blocks->size)
		qsort(ret_blocks->data, ret_blocks->size / sizeof(left), sizeof(left),
		      by_file_and_block);
	return 0;
}

static void log_left(const struct unstored_block *said, int code)
{
	log_line(LOG_LEVEL_ERROR,
		 "level %u, inode %llu, block %llu: written before the restart and not stored: %s",
		 said->space, (unsigned long long)said->number, (unsigned long long)said->block,
		 error_text(code));
}

static void give_up(struct trees *trees, const struct left_block *blocks, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		unstored_adopt(trees->unstored, blocks[i].slot);
		unstored_give_back(trees->unstored, blocks[i].slot, blocks[i].said.size);
	}
}

/* How many of the blocks belong to the first one's file and fit into it at once. */
static size_t of_one_file(const struct left_block *blocks, size_t count)
{
	size_t same = 1;

	while (same < count && same < LEFT_MAX &&
	       blocks[same].said.number == blocks[0].said.number)
		same++;
	return same;
}

static int adopt_and_store(struct file *file, const struct left_block *blocks, size_t count)
{
	int err;

	WITH_WRITE(&file->io);
	err = file_store(file);
	if (!err)
		err = file_put_left(file, blocks, count);
	if (!err)
		err = file_store(file);
	WITH_MUTEX(&file->space->files_lock);
	file->is_adopted = file->is_unstored;
	return err;
}

static void adopt_file(struct space *space, const struct left_block *blocks, size_t count)
{
	struct file *file = NULL;
	int err = file_open(space, blocks[0].said.number, &file);

	if (!err)
		err = adopt_and_store(file, blocks, count);
	/* a file that was removed is no loss; something else of that number cannot be */
	if (err == -CSM_STALE || err == -EINVAL)
		give_up(space->trees, blocks, count);
	if (err && err != -CSM_STALE)
		log_left(&blocks[0].said, err);
	if (file)
		file_put(file);
}

/* A file has each block once; who finds it twice cannot tell which is right, and keeps the first. */
static size_t without_doubles(struct space *space, struct left_block *blocks, size_t count)
{
	size_t kept = 1;

	for (size_t i = 1; i < count; i++) {
		if (by_file_and_block(&blocks[i], &blocks[kept - 1]) != 0) {
			blocks[kept++] = blocks[i];
			continue;
		}
		log_left(&blocks[i].said, -CSM_UNSTORED_DAMAGED);
		give_up(space->trees, &blocks[i], 1);
	}
	return kept;
}

int files_adopt(struct space *space)
{
	_cleanup_(cleanup_buffer) struct buffer list = BUFFER_INIT;
	struct left_block *blocks;
	size_t count, size;
	int err = list_left(space, &list);

	if (err || !list.size)
		return err;
	blocks = (struct left_block *)list.data;
	count = without_doubles(space, blocks, list.size / sizeof(*blocks));
	for (size_t at = 0; at < count; at += size) {
		size = of_one_file(blocks + at, count - at);
		adopt_file(space, blocks + at, size);
	}
	return 0;
}

void trees_take_over(struct trees *trees, int (*open)(void *context, uint32_t space_id),
		     void *context)
{
	struct left_block left;
	uint32_t failed = 0;

	if (!trees->unstored) /* a moment: what is stored in it, and no more */
		return;
	for (left.slot = 0; left.slot < UNSTORED_SLOTS; left.slot++) {
		int err;

		if (!unstored_left(trees->unstored, left.slot, &left.said) ||
		    left.said.space == failed)
			continue;
		err = open(context, left.said.space);
		if (!err)
			continue;
		log_left(&left.said, err);
		if (err == -ENOENT)
			give_up(trees, &left, 1);
		else
			failed = left.said.space;
	}
}
