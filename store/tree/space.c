/*
 * A space: where a level is written. It owns the lock that makes edits exclusive and
 * reads consistent, and the view that both work on.
 *
 * A version that something else stands on (a child level, a package) never changes: seal
 * puts a new empty version on top and the space goes on there (P10).
 *
 * Locks: space->lock guards view and frozen; file locks are taken before it, never after.
 */
#include <errno.h>
#include <stdlib.h>

#include "store/tree/tree_internal.h"

void space_forget_marks(struct space *space)
{
	for (size_t i = 0; i < sizeof(space->marked) / sizeof(space->marked[0]); i++)
		atomic_store_explicit(&space->marked[i], 0, memory_order_relaxed);
}

static int collect_stage(void *context, const char *name, uint64_t number, uint32_t type)
{
	struct buffer *names = context;

	(void)number;
	(void)type;
	buffer_add(names, name, strlen(name) + 1);
	return 0;
}

/* Copies that a crash left half grown. */
static int purge_stage(struct space *space)
{
	_cleanup_(cleanup_buffer) struct buffer names = BUFFER_INIT;
	int err = view_list(space->view, INODE_STAGE, collect_stage, &names);

	if (!err && buffer_failed(&names))
		err = -ENOMEM;
	for (size_t at = 0; !err && at < names.size; at += strlen((char *)names.data + at) + 1)
		err = space_remove_all(space, INODE_STAGE, (char *)names.data + at);
	return err;
}

int space_open(struct trees *trees, uint32_t id, version_id tip, struct space **ret_space)
{
	pthread_rwlockattr_t writers_first;
	struct space *space = calloc(1, sizeof(*space));
	int err;

	if (!space)
		return -ENOMEM;
	space->trees = trees;
	space->id = id;
	err = view_new(trees, tip, &space->view);
	if (err) {
		free(space);
		return err;
	}
	pthread_rwlockattr_init(&writers_first);
	pthread_rwlockattr_setkind_np(&writers_first, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&space->lock, &writers_first);
	pthread_rwlockattr_destroy(&writers_first);
	pthread_mutex_init(&space->files_lock, NULL);
	if (!trees->live) {		   /* in a moment they belong to who has them open */
		space->has_orphans = true; /* perhaps; space_purge() looks */
		err = trees->in_use ? 0 : space_purge(space);
		if (!err)
			err = purge_stage(space);
		if (!err)
			err = files_adopt(space);
	}
	if (err) {
		space_close(space);
		return err;
	}
	*ret_space = space;
	return 0;
}

void space_close(struct space *space)
{
	if (!space)
		return;
	files_flush_all(space, 0);
	files_leave(space);
	view_unref(space->view);
	pthread_rwlock_destroy(&space->lock);
	pthread_mutex_destroy(&space->files_lock);
	free(space);
}

uint32_t space_id(const struct space *space)
{
	return space->id;
}

struct view *space_view(struct space *space)
{
	WITH_READ(&space->lock);
	return view_ref(space->view);
}

/*
 * What is removed already goes before the version holds still: else it would keep its content, and to take it away
 * later would be a change. What somebody has open, or cannot be asked about, stays.
 */
static void purge_first(struct space *space)
{
	REQUEST_PAUSED;

	space_purge(space);
}

int space_freeze(struct space *space, int code)
{
	purge_first(space);
	for (;;) {
		int err = files_flush_all(space, 0);

		if (err)
			return err;
		WITH_WRITE(&space->lock);
		/* what was written after the flush could not be stored any more */
		if (files_unstored(space))
			continue;
		space->frozen = code;
		return 0;
	}
}

void space_thaw(struct space *space)
{
	WITH_WRITE(&space->lock);
	space->frozen = 0;
}

int space_frozen(struct space *space)
{
	WITH_READ(&space->lock);
	return space->frozen;
}

static void stand_on(struct space *space, struct view *view)
{
	view_unref(space->view);
	space->view = view;
	space_forget_marks(space);
}

/* The view of a version that is about to be committed on top of below. */
static int view_above(struct view *below, version_id tip, struct view **ret_view)
{
	struct view *view = view_alloc(below->trees, below->count + 1);

	if (!view)
		return -ENOMEM;
	view->ids[0] = tip;
	memcpy(view->ids + 1, below->ids, below->count * sizeof(view->ids[0]));
	*ret_view = view;
	return 0;
}

int space_seal(struct space *space,
	       int (*add_records)(void *context, struct kv_batch *batch, version_id new_tip),
	       void *context, version_id *ret_base)
{
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;
	_cleanup_(cleanup_view) struct view *above = NULL;
	version_id tip, new_tip;
	int err;

	purge_first(space);
	err = files_flush_all(space, 0);
	if (err)
		return err;
	WITH_WRITE(&space->lock);
	tip = space->view->ids[0];
	err = version_has_rows(space->trees, tip);
	if (err < 0)
		return err;
	if (err == 0 && space->view->count > 1) {
		*ret_base = space->view->ids[1];
		return 0;
	}
	err = version_create(space->trees, &batch, tip, &new_tip);
	if (!err && add_records)
		err = add_records(context, &batch, new_tip);
	if (!err)
		err = view_above(space->view, new_tip, &above);
	if (!err)
		err = kv_commit(space->trees->kv, &batch);
	if (err)
		return err;
	stand_on(space, take_pointer(&above));
	*ret_base = tip;
	return 0;
}

int space_move(struct space *space, version_id tip)
{
	struct view *view;
	int err = view_new(space->trees, tip, &view);

	if (err)
		return err;
	WITH_WRITE(&space->lock);
	stand_on(space, view);
	return 0;
}

int space_inode(struct space *space, uint64_t number, struct inode *ret_inode)
{
	int err;

	WITH_READ(&space->lock);
	err = view_inode(space->view, number, ret_inode);
	if (!err)
		files_overlay(space, ret_inode);
	return err;
}

int space_inodes(struct space *space, const uint64_t *numbers, size_t count,
		 struct inode *ret_inodes, int *ret_codes)
{
	int err;

	WITH_READ(&space->lock);
	err = view_inodes(space->view, numbers, count, ret_inodes, ret_codes);
	for (size_t i = 0; !err && i < count; i++)
		if (!ret_codes[i])
			files_overlay(space, &ret_inodes[i]);
	return err;
}

int space_lookup(struct space *space, uint64_t dir, const char *name, struct inode *ret_inode)
{
	uint64_t number;
	int err;

	if (strlen(name) > NAME_LENGTH_MAX)
		return -ENAMETOOLONG;
	WITH_READ(&space->lock);
	err = view_lookup(space->view, dir, name, &number);
	if (err == -ENOENT) { /* is dir there, and a directory? asked only when it matters */
		struct inode inode;
		int dir_err = view_inode(space->view, dir, &inode);

		if (dir_err)
			return dir_err;
		return S_ISDIR(inode.mode) ? -ENOENT : -ENOTDIR;
	}
	if (!err)
		err = view_inode(space->view, number, ret_inode);
	if (!err)
		files_overlay(space, ret_inode);
	return err == -CSM_STALE ? -CSM_ROW_CORRUPT : err; /* a name without its inode */
}

int space_flush(struct space *space, unsigned age)
{
	return files_flush_all(space, age);
}

int space_sync(struct space *space)
{
	int err = files_flush_all(space, 0);

	return err ? err : kv_sync(space->trees->kv);
}

int space_digest(struct space *space, uint64_t number, struct digest *ret_digest)
{
	int err = files_flush_all(space, 0);

	if (err)
		return err;
	WITH_READ(&space->lock);
	err = view_digest(space->view, number, ret_digest);
	space_forget_marks(space); /* digest rows are full again: the next change must mark anew */
	return err;
}
