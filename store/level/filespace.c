/*
 * A file space: making one, opening it, and what all its levels share.
 *
 * Every release has two roots in the version tree. One carries the release's own files
 * (packages, system logs). The other is empty for ever: BASE stands on it as a level
 * stands on its parent, so nothing that reads or compares levels has a case for BASE.
 *
 * Opening reads records only. What the records say must fit together (parents exist, no
 * name twice), else the file space does not open and fsck has the word.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "store/level/level_internal.h"

/* ---- ids ---- */

static int read_next_id(struct kv *kv, struct slice key, uint32_t *ret_next)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;
	int err = kv_get(kv, key, &value);

	if (err == -ENOENT) {
		*ret_next = LEVEL_ID_FIRST;
		return 0;
	}
	return err ? err : ids_record_decode(buffer_slice(&value), ret_next);
}

int take_id(struct kv *kv, uint32_t *ret_id)
{
	/* File spaces of one store share the record but no struct that could hold its lock. */
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;
	struct record_key key;
	uint32_t next;
	int err;

	WITH_MUTEX(&lock);
	record_key_ids(&key);
	err = read_next_id(kv, record_key_slice(&key), &next);
	if (err)
		return err;
	if (next == UINT32_MAX)
		return -ENOSPC;
	ids_record_encode(next + 1, &value);
	kv_batch_put(&batch, record_key_slice(&key), buffer_slice(&value));
	err = kv_commit(kv, &batch);
	if (!err)
		*ret_id = next;
	return err;
}

int filespace_new_id(struct filespace *filespace, uint32_t *ret_id)
{
	return take_id(filespace_kv(filespace), ret_id);
}

/* ---- making ---- */

static int create_versions(struct trees *trees, struct kv_batch *batch,
			   struct release_record *record, struct level_record *base)
{
	int err = version_create(trees, batch, VERSION_NONE, &record->files_tip);

	if (!err)
		err = version_create(trees, batch, VERSION_NONE, &base->base_version);
	if (!err)
		err = version_create(trees, batch, base->base_version, &base->tip);
	return err;
}

static int create_records(struct trees *trees, const char *release, struct kv_batch *batch)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT, base_value = BUFFER_INIT;
	struct release_record record = { 0 };
	struct level_record base = {
		.name = "BASE", .esm = "NONESM", .state = STATE_TEST, .is_base = true
	};
	struct record_key key;
	int err = take_id(trees_kv(trees), &base.id);

	if (!err)
		err = take_id(trees_kv(trees), &record.files_id);
	if (!err)
		err = create_versions(trees, batch, &record, &base);
	if (err)
		return err;
	record.base_id = base.id;
	clock_gettime(CLOCK_REALTIME, &record.created);
	base.created = record.created;
	base.created_by = getuid();
	record_key_release(&key, release);
	release_record_encode(&record, &value);
	kv_batch_put(batch, record_key_slice(&key), buffer_slice(&value));
	record_key_id(&key, 'L', release, base.id);
	level_record_encode(&base, &base_value);
	kv_batch_put(batch, record_key_slice(&key), buffer_slice(&base_value));
	return 0;
}

int filespace_create(struct trees *trees, const char *release)
{
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;
	struct record_key key;
	int err = release_check(release);

	if (err)
		return err;
	record_key_release(&key, release);
	err = kv_get(trees_kv(trees), record_key_slice(&key), &value);
	if (err != -ENOENT)
		return err ? err : -CSM_RELEASE_EXISTS;
	err = create_records(trees, release, &batch);
	if (!err)
		err = kv_commit(trees_kv(trees), &batch);
	return err ? err : kv_sync(trees_kv(trees));
}

int filespace_releases(struct kv *kv, struct buffer *ret_names)
{
	_cleanup_(cleanup_kv_iter) struct kv_iter *iter = NULL;
	struct record_key key;
	int err;

	record_key_releases(&key);
	err = kv_iter_new(kv, record_key_slice(&key), &iter);
	if (err)
		return err;
	for (; kv_iter_valid(iter); kv_iter_next(iter)) {
		struct slice found = kv_iter_key(iter);

		if (found.size != 1 + RELEASE_LENGTH)
			return -CSM_ROW_CORRUPT;
		buffer_add(ret_names, (const char *)found.data + 1, RELEASE_LENGTH);
		buffer_u8(ret_names, 0);
	}
	err = kv_iter_error(iter);
	return err || !buffer_failed(ret_names) ? err : -ENOMEM;
}

/* ---- opening ---- */

static int read_release(struct filespace *filespace)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;
	struct record_key key;
	int err;

	record_key_release(&key, filespace->release);
	err = kv_get(filespace_kv(filespace), record_key_slice(&key), &value);
	if (err == -ENOENT)
		return -CSM_RELEASE_UNKNOWN;
	return err ? err : release_record_decode(buffer_slice(&value), &filespace->record);
}

static int load_level(struct filespace *filespace, struct slice key, struct slice value)
{
	_cleanup_(level_record_release) struct level_record record = { 0 };
	_cleanup_(cleanup_level) struct level *twin = NULL;
	struct level *level;
	int err = record_key_parse(key, 'L', &record.id, NULL);

	if (!err)
		err = level_record_decode(value, &record);
	if (!err && filespace_level_folded(filespace, record.name, &twin) == 0)
		err = -CSM_ROW_CORRUPT;
	if (!err)
		err = table_reserve(filespace);
	if (!err)
		err = level_new(filespace, &record, &level);
	if (!err)
		table_insert(filespace, level);
	return err;
}

static int load_levels(struct filespace *filespace)
{
	_cleanup_(cleanup_kv_iter) struct kv_iter *iter = NULL;
	struct record_key key;
	int err;

	record_key_kind(&key, 'L', filespace->release);
	err = kv_iter_new(filespace_kv(filespace), record_key_slice(&key), &iter);
	for (; !err && kv_iter_valid(iter); kv_iter_next(iter))
		err = load_level(filespace, kv_iter_key(iter), kv_iter_value(iter));
	return err ? err : kv_iter_error(iter);
}

static int link_parent(void *context, struct level *level)
{
	struct filespace *filespace = context;
	int err;

	if (level->record.is_base) {
		if (level->record.id != filespace->record.base_id)
			return -CSM_ROW_CORRUPT;
		filespace->base = level;
		return 0;
	}
	err = filespace_level_by_id(filespace, level->record.basedon, &level->parent);
	if (err)
		return err == -ENOENT ? -CSM_ROW_CORRUPT : err;
	level->parent->children++;
	return 0;
}

/* Records in a ring would send every walk to BASE around for ever. */
static int check_lineage(void *context, struct level *level)
{
	const struct filespace *filespace = context;
	size_t steps = 0;

	for (; level; level = level->parent)
		if (steps++ > filespace->count)
			return -CSM_ROW_CORRUPT;
	return 0;
}

static uint32_t release_number(const char *release)
{
	return (uint32_t)((release[0] - '0') * 100 + (release[1] - '0') * 10 + (release[2] - '0'));
}

static int load(struct filespace *filespace)
{
	int err = read_release(filespace);

	if (!err)
		err = load_levels(filespace);
	if (!err)
		err = filespace_each_level(filespace, link_parent, filespace);
	if (!err && !filespace->base)
		err = -CSM_ROW_CORRUPT;
	if (!err)
		err = filespace_each_level(filespace, check_lineage, filespace);
	if (!err)
		err = space_open(filespace->trees, filespace->record.files_id,
				 filespace->record.files_tip, &filespace->files);
	if (!err)
		err = oplog_open(filespace_kv(filespace), release_number(filespace->release),
				 &filespace->oplog);
	return err;
}

/* For trees_take_over(): spaces open when first used, and what is unstored must not wait for that. */
static int open_space_of(void *context, uint32_t space_id)
{
	_cleanup_(cleanup_level) struct level *level = NULL;
	struct filespace *filespace = context;
	struct space *space;
	int err;

	if (space_id == filespace->record.files_id)
		return 0; /* it is open */
	err = filespace_level_by_id(filespace, space_id, &level);
	return err ? err : level_space(level, &space);
}

int filespace_open(struct trees *trees, const char *release, struct filespace **ret_filespace)
{
	struct filespace *filespace;
	int err;

	if (release_check(release) != 0)
		return -CSM_RELEASE_UNKNOWN;
	filespace = calloc(1, sizeof(*filespace));
	if (!filespace)
		return -ENOMEM;
	filespace->trees = trees;
	memcpy(filespace->release, release, RELEASE_LENGTH);
	pthread_mutex_init(&filespace->changes, NULL);
	pthread_rwlock_init(&filespace->table_lock, NULL);
	err = load(filespace);
	if (err) {
		filespace_close(filespace);
		return err;
	}
	trees_take_over(trees, open_space_of, filespace);
	*ret_filespace = filespace;
	return 0;
}

void filespace_close(struct filespace *filespace)
{
	if (!filespace)
		return;
	/* Parents first: a damaged store may have levels that hold each other. */
	for (size_t i = 0; i < filespace->count; i++)
		level_put(take_pointer(&filespace->by_id[i]->parent));
	for (size_t i = 0; i < filespace->count; i++)
		level_put(filespace->by_id[i]);
	if (filespace->files)
		space_close(filespace->files);
	kv_sync(filespace_kv(filespace));
	oplog_close(filespace->oplog);
	free(filespace->by_id);
	free(filespace->by_name);
	pthread_rwlock_destroy(&filespace->table_lock);
	pthread_mutex_destroy(&filespace->changes);
	free(filespace);
}

/* ---- what it has ---- */

const char *filespace_release(const struct filespace *filespace)
{
	return filespace->release;
}

struct trees *filespace_trees(struct filespace *filespace)
{
	return filespace->trees;
}

struct oplog *filespace_oplog(struct filespace *filespace)
{
	return filespace->oplog;
}

struct space *filespace_files(struct filespace *filespace)
{
	return filespace->files;
}

pthread_mutex_t *filespace_changes(struct filespace *filespace)
{
	return &filespace->changes;
}
