/*
 * The table of managed systems: all records in memory in order of creation, changed one
 * at a time and durable when a change returns.
 *
 * A system's log directory is named after the system, in upper case, in the file space's
 * own files. It outlives the system: a system that is added again under its name finds
 * its old logs (60), and a crash between making the directory and writing the record
 * leaves nothing to clean up.
 */
#include "store/system/system.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "store/system/system_internal.h"

#define SYSTEMS_DIRECTORY "systems"

/* ---- the table ---- */

static int reserve(struct systems *systems)
{
	size_t capacity = systems->capacity ? systems->capacity * 2 : 16;
	struct system_record **list;

	WITH_WRITE(&systems->lock);
	if (systems->count < systems->capacity)
		return 0;
	list = realloc(systems->list, capacity * sizeof(struct system_record *));
	if (!list)
		return -ENOMEM;
	systems->list = list;
	systems->capacity = capacity;
	return 0;
}

/* Room in the table and a copy to put there: what adding needs before it commits. */
static int prepare(struct systems *systems, const struct system_record *record,
		   struct system_record **ret_copy)
{
	struct system_record *copy;
	int err = reserve(systems);

	if (err)
		return err;
	copy = malloc(sizeof(*copy));
	if (!copy)
		return -ENOMEM;
	*copy = *record;
	*ret_copy = copy;
	return 0;
}

static void insert(struct systems *systems, struct system_record *record)
{
	WITH_WRITE(&systems->lock);
	systems->list[systems->count++] = record; /* ids only grow: the order is kept */
}

static void drop(struct systems *systems, struct system_record *record)
{
	WITH_WRITE(&systems->lock);
	for (size_t i = 0; i < systems->count; i++) {
		if (systems->list[i] != record)
			continue;
		systems->count--;
		memmove(systems->list + i, systems->list + i + 1,
			(systems->count - i) * sizeof(struct system_record *));
		free(record);
		return;
	}
}

struct system_record *system_record_of(struct systems *systems, uint32_t id)
{
	size_t low = 0, high = systems->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (systems->list[middle]->info.id < id)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == systems->count || systems->list[low]->info.id != id)
		return NULL;
	return systems->list[low];
}

static struct system_record *record_named(struct systems *systems, const char *name)
{
	for (size_t i = 0; i < systems->count; i++)
		if (strcasecmp(systems->list[i]->info.name, name) == 0)
			return systems->list[i];
	return NULL;
}

/* ---- opening ---- */

static int load_system(struct systems *systems, struct slice key, struct slice value)
{
	struct system_record record = { 0 }, *copy;
	int err = record_key_parse(key, 'S', &record.info.id, NULL);

	if (!err)
		err = system_record_decode(value, &record);
	if (!err && record_named(systems, record.info.name))
		err = -CSM_ROW_CORRUPT;
	if (!err)
		err = prepare(systems, &record, &copy);
	if (!err)
		insert(systems, copy);
	return err;
}

static int load(struct systems *systems)
{
	_cleanup_(cleanup_kv_iter) struct kv_iter *iter = NULL;
	struct record_key key;
	int err;

	record_key_kind(&key, 'S', filespace_release(systems->filespace));
	err = kv_iter_new(trees_kv(filespace_trees(systems->filespace)), record_key_slice(&key),
			  &iter);
	for (; !err && kv_iter_valid(iter); kv_iter_next(iter))
		err = load_system(systems, kv_iter_key(iter), kv_iter_value(iter));
	return err ? err : kv_iter_error(iter);
}

int systems_open(struct filespace *filespace, struct systems **ret_systems)
{
	struct systems *systems = calloc(1, sizeof(*systems));
	int err;

	if (!systems)
		return -ENOMEM;
	systems->filespace = filespace;
	pthread_rwlock_init(&systems->lock, NULL);
	err = load(systems);
	if (err)
		systems_close(systems);
	else
		*ret_systems = systems;
	return err;
}

void systems_close(struct systems *systems)
{
	if (!systems)
		return;
	for (size_t i = 0; i < systems->count; i++)
		free(systems->list[i]);
	free(systems->list);
	pthread_rwlock_destroy(&systems->lock);
	free(systems);
}

/* ---- reading ---- */

int system_find(struct systems *systems, const char *name, struct system_info *ret_info)
{
	const struct system_record *record;

	WITH_READ(&systems->lock);
	record = record_named(systems, name);
	if (!record || strcmp(record->info.name, name) != 0)
		return -ENOENT;
	*ret_info = record->info;
	return 0;
}

int system_by_id(struct systems *systems, uint32_t id, struct system_info *ret_info)
{
	const struct system_record *record;

	WITH_READ(&systems->lock);
	record = system_record_of(systems, id);
	if (!record)
		return -ENOENT;
	*ret_info = record->info;
	return 0;
}

/* A copy of the table, so that each() may call back into the room. */
static int copy_infos(struct systems *systems, struct system_info **ret_infos, size_t *ret_count)
{
	struct system_info *infos;

	WITH_READ(&systems->lock);
	infos = calloc(systems->count + 1, sizeof(*infos));
	if (!infos)
		return -ENOMEM;
	for (size_t i = 0; i < systems->count; i++)
		infos[i] = systems->list[i]->info;
	*ret_infos = infos;
	*ret_count = systems->count;
	return 0;
}

int systems_each(struct systems *systems,
		 int (*each)(void *context, const struct system_info *info), void *context)
{
	_cleanup_free_ struct system_info *infos = NULL;
	size_t count = 0;
	int result = copy_infos(systems, &infos, &count);

	for (size_t i = 0; !result && i < count; i++)
		result = each(context, &infos[i]);
	return result;
}

bool systems_use_level(void *context, uint32_t level_id)
{
	struct systems *systems = context;

	WITH_READ(&systems->lock);
	for (size_t i = 0; i < systems->count; i++)
		for (int link = 0; link < LINK_COUNT; link++)
			if (systems->list[i]->info.level[link] == level_id)
				return true;
	return false;
}

/* ---- changing ---- */

int system_log(struct systems *systems, uint32_t uid, const char *operation, const char *object,
	       int code, const char *detail)
{
	oplog_add(filespace_oplog(systems->filespace), uid, operation, object, code, detail);
	return code ? code : kv_sync(trees_kv(filespace_trees(systems->filespace)));
}

static int commit(struct systems *systems, const struct system_record *record)
{
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;
	struct record_key key;

	record_key_id(&key, 'S', filespace_release(systems->filespace), record->info.id);
	system_record_encode(record, &value);
	kv_batch_put(&batch, record_key_slice(&key), buffer_slice(&value));
	request_decide(&batch);
	return kv_commit(trees_kv(filespace_trees(systems->filespace)), &batch);
}

int system_store(struct systems *systems, struct system_record *next, uint32_t uid)
{
	int err;

	clock_gettime(CLOCK_REALTIME, &next->info.changed);
	next->changed_by = uid;
	err = commit(systems, next);
	if (err)
		return err;
	pthread_rwlock_wrlock(&systems->lock);
	*system_record_of(systems, next->info.id) = *next;
	pthread_rwlock_unlock(&systems->lock);
	return 0;
}

/* A directory below dir, made when it is not there. */
static int directory_in(struct space *files, uint64_t dir, const char *name, uint64_t *ret_number)
{
	const struct new_inode attributes = { .mode = S_IFDIR | 0755 };
	struct inode inode;
	int err = space_lookup(files, dir, name, &inode);

	if (err == -ENOENT)
		err = space_create(files, dir, name, &attributes, 0, &inode);
	if (!err && !S_ISDIR(inode.mode))
		err = -CSM_ROW_CORRUPT;
	if (!err)
		*ret_number = inode.number;
	return err;
}

static int log_directory(struct systems *systems, const char *name, uint64_t *ret_number)
{
	struct space *files = filespace_files(systems->filespace);
	char folded[LEVEL_NAME_MAX + 1];
	uint64_t all;
	size_t i;
	int err;

	REQUEST_PAUSED; /* the record is what makes a system */
	err = directory_in(files, INODE_BUILD, SYSTEMS_DIRECTORY, &all);
	for (i = 0; name[i]; i++)
		folded[i] = (char)toupper((unsigned char)name[i]);
	folded[i] = '\0';
	return err ? err : directory_in(files, all, folded, ret_number);
}

static int add(struct systems *systems, const char *name, uint32_t uid,
	       struct system_info *ret_info)
{
	_cleanup_free_ struct system_record *copy = NULL;
	struct system_record record = { 0 };
	int err = name_check(name);

	if (!err && record_named(systems, name))
		err = -CSM_SYSTEM_EXISTS;
	if (!err)
		err = log_directory(systems, name, &record.info.log);
	if (!err)
		err = filespace_new_id(systems->filespace, &record.info.id);
	if (err)
		return err;
	snprintf(record.info.name, sizeof(record.info.name), "%s", name);
	clock_gettime(CLOCK_REALTIME, &record.info.created);
	record.info.changed = record.info.created;
	record.changed_by = uid;
	err = prepare(systems, &record, &copy);
	if (!err)
		err = commit(systems, &record);
	if (err)
		return err;
	insert(systems, take_pointer(&copy));
	*ret_info = record.info;
	return 0;
}

static int find_added(struct systems *systems, const char *name, struct system_info *ret_info)
{
	int err = system_find(systems, name, ret_info);

	return err ? err : kv_sync(trees_kv(filespace_trees(systems->filespace)));
}

int system_add(struct systems *systems, const char *name, uint32_t uid,
	       struct system_info *ret_info)
{
	WITH_MUTEX(filespace_changes(systems->filespace));
	if (request_is_done())
		return find_added(systems, name, ret_info);
	return system_log(systems, uid, "addsystem", name, add(systems, name, uid, ret_info), NULL);
}

static int remove_system(struct systems *systems, const char *name)
{
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;
	struct kv *kv = trees_kv(filespace_trees(systems->filespace));
	struct system_record *record = record_named(systems, name);
	struct record_key key;
	int err;

	if (!record || strcmp(record->info.name, name) != 0)
		return -ENOENT;
	record_key_id(&key, 'S', filespace_release(systems->filespace), record->info.id);
	kv_batch_delete(&batch, record_key_slice(&key));
	request_decide(&batch);
	err = kv_commit(kv, &batch);
	if (err)
		return err;
	drop(systems, record);
	return 0;
}

int system_delete(struct systems *systems, const char *name, uint32_t uid)
{
	WITH_MUTEX(filespace_changes(systems->filespace));
	return system_log(systems, uid, "deletesystem", name, remove_system(systems, name), NULL);
}
