/*
 * Deleting a level: the record, its packages' records and its own versions go in one
 * batch, so that a crash leaves the level whole or gone; rows and chunks follow in small
 * steps (trees_reap).
 *
 * The space is frozen for good before the batch. Whoever still has a file of the level
 * open is told -CSM_STALE, and the space closes with the last reference.
 */
#include <errno.h>
#include <stdlib.h>

#include "store/level/level_internal.h"
#include "store/tree/row.h"

static int check(struct level *level, bool (*in_use)(void *context, uint32_t level_id),
		 void *context)
{
	int result;

	if (level->gone)
		return -CSM_STALE;
	if (level->record.is_base)
		return -CSM_BASE_PERMANENT;
	if (level->record.locked)
		return level->record.state == STATE_STABLE ? -CSM_STABLE_KEPT : -CSM_LEVEL_LOCKED_DELETE;
	if (level->children)
		return -CSM_LEVEL_HAS_CHILDREN;
	if (in_use && in_use(context, level->record.id))
		return -CSM_LEVEL_ON_SYSTEM;
	result = packages_against(level->filespace, level->record.id);
	return result == 1 ? -CSM_LEVEL_IN_PACKAGE : result;
}

static void delete_with_prefix(struct level *level, char kind, struct kv_batch *batch)
{
	struct record_key begin, end;
	const char *release = level->filespace->release;

	record_key_against(&begin, kind, release, level->record.id, 0);
	record_key_against(&end, kind, release, level->record.id + 1, 0);
	kv_batch_delete_range(batch, record_key_slice(&begin), record_key_slice(&end));
}

/* Files that are open without a name: their rows go with the versions, this is what says so. */
static void delete_orphan_records(struct level *level, struct kv_batch *batch)
{
	struct row_key begin, end;

	key_orphan(&begin, level->record.id, 0);
	key_orphan(&end, level->record.id + 1, 0);
	kv_batch_delete_range(batch, key_slice(&begin), key_slice(&end));
}

static int fill_batch(struct level *level, struct kv_batch *batch)
{
	struct record_key key;

	record_key_id(&key, 'L', level->filespace->release, level->record.id);
	kv_batch_delete(batch, record_key_slice(&key));
	delete_with_prefix(level, 'P', batch);
	delete_with_prefix(level, 'Q', batch);
	delete_orphan_records(level, batch);
	return level_drop_own_versions(level, batch);
}

static int keep_directory(void *context, const struct package_record *record)
{
	struct buffer *directories = context;

	buffer_add(directories, &record->directory, sizeof(record->directory));
	return 0;
}

/* What stays behind when this fails is what packages_clean() looks for. */
static void remove_directories(struct filespace *filespace, const struct buffer *directories)
{
	for (size_t at = 0; at < directories->size; at += sizeof(uint64_t)) {
		struct inode inode;
		uint64_t number;

		memcpy(&number, directories->data + at, sizeof(number));
		if (space_inode(filespace->files, number, &inode) == 0)
			space_remove_all(filespace->files, inode.parent, inode.name);
	}
}

static void forget(struct level *level)
{
	pthread_mutex_lock(&level->lock);
	level->gone = true;
	pthread_mutex_unlock(&level->lock);
	level->parent->children--;
	table_remove(level->filespace, level);
	level_put(level); /* the table's; the caller has one */
}

static int delete_now(struct level *level)
{
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;
	_cleanup_(cleanup_buffer) struct buffer directories = BUFFER_INIT;
	struct kv *kv = filespace_kv(level->filespace);
	struct space *space;
	int err = level_space(level, &space);

	if (!err)
		err = level_each_package(level, keep_directory, &directories);
	if (!err)
		err = space_freeze(space, -CSM_STALE);
	if (err)
		return err;
	err = fill_batch(level, &batch);
	request_decide(&batch);
	if (!err)
		err = kv_commit(kv, &batch);
	if (err) {
		space_thaw(space);
		return err;
	}
	forget(level);
	remove_directories(level->filespace, &directories);
	return 0;
}

int level_delete(struct level *level, uint32_t uid,
		 bool (*in_use)(void *context, uint32_t level_id), void *context)
{
	int err;

	WITH_MUTEX(&level->filespace->changes);
	err = check(level, in_use, context);
	if (!err)
		err = delete_now(level);
	return level_log(level, uid, "delete", err, NULL);
}
