/*
 * Files without a name.
 *
 * Open files of the kernel are not known here: it opens without asking. So a file that loses its
 * last name becomes an orphan, whether anybody has it open or not, and some time later those who
 * may have it open are asked; what nobody has goes. Where there is nobody to ask (no mount), only this
 * room opens files, and what is not open goes at once.
 *
 * The record of an orphan is in the commit that takes the name away, so nothing is left for good:
 * whoever opens the space next finds it.
 */
#include <errno.h>

#include "store/tree/file_internal.h"
#include "store/tree/name.h"

enum { ASKED_AT_ONCE = 512 };

void trees_ask(struct trees *trees, files_in_use in_use, void *context)
{
	trees->in_use = in_use;
	trees->in_use_context = context;
}

bool orphan_may_be_open(struct space *space, uint64_t number)
{
	return space->trees->in_use || files_is_open(space, number);
}

void orphan_put(struct edit *edit, uint64_t number)
{
	struct row_key key;

	key_orphan(&key, edit->space->id, number);
	kv_batch_put(&edit->batch, key_slice(&key), slice_of("", 0));
	edit->space->has_orphans = true;
}

/* Content may be too large to go in the one edit that removes the inode. */
static int shrink(struct space *space, uint64_t number)
{
	struct file *file;
	int err = file_open(space, number, &file);

	if (err)
		return err == -EINVAL || err == -CSM_STALE ? 0 : err;
	{
		WITH_WRITE(&file->io);
		err = file_shrink_in_steps(file, 0);
	}
	file_drop(file);
	return err == -CSM_STALE ? 0 : err;
}

static int remove_rows(struct space *space, uint64_t number)
{
	_cleanup_(cleanup_edit) struct edit edit;
	struct inode *inode;
	struct row_key key;
	int err = edit_begin(&edit, space);

	if (!err)
		err = edit_inode(&edit, number, &inode);
	if (err && err != -CSM_STALE)
		return err;
	if (!err && files_is_open(space, number))
		return -EBUSY;
	key_orphan(&key, space->id, number);
	kv_batch_delete(&edit.batch, key_slice(&key));
	if (!err && inode->nlink == 0)
		err = edit_remove_inode(&edit, inode);
	return err && err != -CSM_STALE ? err : edit_commit(&edit);
}

/* One that is open, or whose space was just frozen, is asked about again: has_orphans. */
int orphan_remove(struct space *space, uint64_t number)
{
	int err = files_is_open(space, number) ? -EBUSY : shrink(space, number);

	if (!err)
		err = remove_rows(space, number);
	if (!err)
		return 0;
	space->has_orphans = true;
	return err == -EBUSY || err == space_frozen(space) ? 0 : err;
}

static int list(struct space *space, uint64_t from, uint64_t *ret_numbers, size_t *ret_count)
{
	_cleanup_(cleanup_kv_iter) struct kv_iter *iter = NULL;
	struct row_key prefix, key;
	int err;

	key_orphan(&prefix, space->id, 0);
	prefix.size -= 8;
	key_orphan(&key, space->id, from);
	*ret_count = 0;
	err = kv_iter_new(space->trees->kv, key_slice(&prefix), &iter);
	if (err)
		return err;
	for (kv_iter_seek(iter, key_slice(&key)); kv_iter_valid(iter) && *ret_count < ASKED_AT_ONCE;
	     kv_iter_next(iter)) {
		struct slice found = kv_iter_key(iter);

		if (found.size != prefix.size + 8)
			return -CSM_ROW_CORRUPT;
		ret_numbers[(*ret_count)++] = get_be64((const uint8_t *)found.data + prefix.size);
	}
	return kv_iter_error(iter);
}

/* A failure to ask keeps all of them. */
static int remove_unused(struct space *space, const uint64_t *numbers, size_t count)
{
	struct trees *trees = space->trees;
	bool in_use[ASKED_AT_ONCE] = { false };
	int err = trees->in_use
			  ? trees->in_use(trees->in_use_context, space->id, numbers, count, in_use)
			  : 0;

	if (err)
		space->has_orphans = true;
	for (size_t i = 0; !err && i < count; i++) {
		if (in_use[i])
			space->has_orphans = true;
		else
			err = orphan_remove(space, numbers[i]);
	}
	return err;
}

int space_purge(struct space *space)
{
	uint64_t numbers[ASKED_AT_ONCE], from = 0;
	size_t count;
	int err;

	/* nobody is asked for what could not be removed */
	if (space_frozen(space) || !atomic_exchange(&space->has_orphans, false))
		return 0;
	do {
		err = list(space, from, numbers, &count);
		if (!err && count) {
			from = numbers[count - 1] + 1;
			err = remove_unused(space, numbers, count);
		}
	} while (!err && count == ASKED_AT_ONCE);
	if (err)
		space->has_orphans = true;
	return err;
}
