/*
 * Both engines in memory, for tests and for nothing else: what is closed is gone.
 *
 * Each engine is one root pointer to a map that never changes (treap.h). A commit builds
 * the next map aside and exchanges the pointer, so it is visible as a whole; a reader or
 * an iterator holds the map it began with, so it sees one moment and takes no lock
 * while it walks.
 */
#include "store/engine/engine.h"

#include <errno.h>
#include <stdatomic.h>

#include "store/base/cleanup.h"
#include "store/engine/treap.h"

struct memory {
	struct kv kv;
	struct blobs blobs;
	atomic_uint open; /* of the two engines */
	pthread_mutex_t lock;
	struct treap *rows;  /* lock */
	struct treap *bytes; /* lock */
	uint64_t syncs;      /* lock */
};

struct memory_iter {
	struct kv_iter iter;
	struct treap *map; /* the moment it shows */
	const struct treap *at;
	size_t prefix_size;
	uint8_t prefix[];
};

static struct memory *memory_of_kv(struct kv *kv)
{
	return (struct memory *)((char *)kv - offsetof(struct memory, kv));
}

static struct memory *memory_of_blobs(struct blobs *blobs)
{
	return (struct memory *)((char *)blobs - offsetof(struct memory, blobs));
}

static struct memory_iter *memory_of_iter(struct kv_iter *iter)
{
	return (struct memory_iter *)iter;
}

static void memory_leave(struct memory *memory)
{
	if (atomic_fetch_sub(&memory->open, 1) != 1)
		return;
	treap_unref(memory->rows);
	treap_unref(memory->bytes);
	pthread_mutex_destroy(&memory->lock);
	free(memory);
}

static struct treap *hold(struct memory *memory, struct treap *const *map)
{
	WITH_MUTEX(&memory->lock);
	return treap_ref(*map);
}

/* Puts next, whose reference it takes, into the place of *map. Under the lock. */
static void exchange(struct treap **map, struct treap *next)
{
	treap_unref(*map);
	*map = next;
}

static int get_from(const struct treap *map, struct slice key, struct buffer *ret_value)
{
	const struct treap *found = treap_find(map, key);
	struct slice value;

	if (!found)
		return -ENOENT;
	value = treap_value(found);
	return buffer_set(ret_value, value.data, value.size);
}

/* ---- rows ---- */

static int memory_get(struct kv *kv, struct slice key, struct buffer *ret_value)
{
	struct memory *memory = memory_of_kv(kv);
	_cleanup_(cleanup_treap) struct treap *map = hold(memory, &memory->rows);

	return get_from(map, key, ret_value);
}

static int memory_get_many(struct kv *kv, const struct slice *keys, size_t count,
			   struct buffer *ret_values, int *ret_codes)
{
	struct memory *memory = memory_of_kv(kv);
	_cleanup_(cleanup_treap) struct treap *map = hold(memory, &memory->rows);

	for (size_t i = 0; i < count; i++)
		ret_codes[i] = get_from(map, keys[i], &ret_values[i]);
	return 0;
}

static int apply_change(void *context, enum kv_change_kind kind, struct slice key,
			struct slice value)
{
	struct treap **map = context;
	struct treap *next;
	int code;

	if (kind == KV_PUT)
		code = treap_put(*map, key, value, &next);
	else if (kind == KV_DELETE)
		code = treap_delete(*map, key, &next);
	else
		code = treap_delete_range(*map, key, value, &next);
	if (code == 0)
		exchange(map, next);
	return code;
}

static int memory_commit(struct kv *kv, const struct kv_batch *batch)
{
	struct memory *memory = memory_of_kv(kv);
	_cleanup_(cleanup_treap) struct treap *next = NULL;
	int code;

	WITH_MUTEX(&memory->lock);
	next = treap_ref(memory->rows);
	code = kv_batch_each(batch, apply_change, &next);
	if (code == 0)
		exchange(&memory->rows, take_pointer(&next));
	return code;
}

static int memory_sync(struct kv *kv)
{
	struct memory *memory = memory_of_kv(kv);

	WITH_MUTEX(&memory->lock);
	memory->syncs++;
	return 0;
}

static size_t map_bytes(const struct treap *map)
{
	const struct treap *at = treap_seek(map, slice_of(NULL, 0), false);
	size_t total = 0;

	for (; at; at = treap_seek(map, treap_key(at), true))
		total += treap_key(at).size + treap_value(at).size;
	return total;
}

static int memory_checkpoint(struct kv *kv, const char *path)
{
	(void)kv;
	(void)path;
	return -EOPNOTSUPP;
}

static void memory_stats(struct kv *kv, struct kv_stats *ret_stats)
{
	struct memory *memory = memory_of_kv(kv);
	_cleanup_(cleanup_treap) struct treap *rows = hold(memory, &memory->rows);
	_cleanup_(cleanup_treap) struct treap *bytes = hold(memory, &memory->bytes);

	ret_stats->memory_bytes = map_bytes(rows) + map_bytes(bytes);
	WITH_MUTEX(&memory->lock);
	ret_stats->syncs = memory->syncs;
}

static void memory_close(struct kv *kv)
{
	memory_leave(memory_of_kv(kv));
}

/* ---- iterators ---- */

static void iter_stand(struct memory_iter *iter, struct slice key, bool after)
{
	const struct treap *at = treap_seek(iter->map, key, after);

	if (at && (treap_key(at).size < iter->prefix_size ||
		   memcmp(treap_key(at).data, iter->prefix, iter->prefix_size) != 0))
		at = NULL;
	iter->at = at;
}

static bool memory_iter_valid(struct kv_iter *iter)
{
	return memory_of_iter(iter)->at != NULL;
}

static struct slice memory_iter_key(struct kv_iter *iter)
{
	return treap_key(memory_of_iter(iter)->at);
}

static struct slice memory_iter_value(struct kv_iter *iter)
{
	return treap_value(memory_of_iter(iter)->at);
}

static void memory_iter_next(struct kv_iter *iter)
{
	struct memory_iter *self = memory_of_iter(iter);

	iter_stand(self, treap_key(self->at), true);
}

static void memory_iter_seek(struct kv_iter *iter, struct slice key)
{
	struct memory_iter *self = memory_of_iter(iter);
	struct slice prefix = slice_of(self->prefix, self->prefix_size);

	iter_stand(self, slice_order(key, prefix) < 0 ? prefix : key, false);
}

static int memory_iter_error(struct kv_iter *iter)
{
	(void)iter;
	return 0;
}

static void memory_iter_free(struct kv_iter *iter)
{
	struct memory_iter *self = memory_of_iter(iter);

	treap_unref(self->map);
	free(self);
}

static const struct kv_iter_ops memory_iter_ops = {
	.valid = memory_iter_valid,
	.key = memory_iter_key,
	.value = memory_iter_value,
	.next = memory_iter_next,
	.seek = memory_iter_seek,
	.error = memory_iter_error,
	.free = memory_iter_free,
};

static int memory_iter_new(struct kv *kv, struct slice prefix, struct kv_iter **ret_iter)
{
	struct memory *memory = memory_of_kv(kv);
	struct memory_iter *iter = malloc(sizeof *iter + prefix.size);

	if (!iter)
		return -ENOMEM;
	iter->iter.ops = &memory_iter_ops;
	iter->map = hold(memory, &memory->rows);
	iter->prefix_size = prefix.size;
	if (prefix.size)
		memcpy(iter->prefix, prefix.data, prefix.size);
	iter_stand(iter, prefix, false);
	*ret_iter = &iter->iter;
	return 0;
}

/* ---- moments: the map as it is, which nothing will exchange ---- */

static int moment_commit(struct kv *kv, const struct kv_batch *batch)
{
	(void)kv;
	(void)batch;
	return -EROFS;
}

static int moment_again(struct kv *kv, struct kv **ret_moment)
{
	(void)kv;
	(void)ret_moment;
	return -EOPNOTSUPP;
}

static const struct kv_ops memory_moment_ops = {
	.get = memory_get,
	.get_many = memory_get_many,
	.iter_new = memory_iter_new,
	.commit = moment_commit,
	.sync = memory_sync,
	.stats = memory_stats,
	.moment = moment_again,
	.close = memory_close,
};

static int memory_moment(struct kv *kv, struct kv **ret_moment)
{
	struct memory *memory = memory_of_kv(kv);
	struct memory *moment = calloc(1, sizeof *moment);

	if (!moment)
		return -ENOMEM;
	moment->kv.ops = &memory_moment_ops;
	atomic_init(&moment->open, 1);
	pthread_mutex_init(&moment->lock, NULL);
	moment->rows = hold(memory, &memory->rows);
	*ret_moment = &moment->kv;
	return 0;
}

static const struct kv_ops memory_kv_ops = {
	.get = memory_get,
	.get_many = memory_get_many,
	.iter_new = memory_iter_new,
	.commit = memory_commit,
	.sync = memory_sync,
	.checkpoint = memory_checkpoint,
	.stats = memory_stats,
	.moment = memory_moment,
	.close = memory_close,
};

/* ---- blobs ---- */

static int memory_blobs_put(struct blobs *blobs, const uint8_t digest[32], struct slice bytes)
{
	struct memory *memory = memory_of_blobs(blobs);
	struct treap *next;
	int code;

	WITH_MUTEX(&memory->lock);
	if (treap_find(memory->bytes, slice_of(digest, 32)))
		return 1;
	code = treap_put(memory->bytes, slice_of(digest, 32), bytes, &next);
	if (code == 0)
		exchange(&memory->bytes, next);
	return code;
}

static int memory_blobs_get(struct blobs *blobs, const uint8_t digest[32], struct buffer *ret_bytes)
{
	struct memory *memory = memory_of_blobs(blobs);
	_cleanup_(cleanup_treap) struct treap *map = hold(memory, &memory->bytes);

	return get_from(map, slice_of(digest, 32), ret_bytes);
}

static int memory_blobs_has(struct blobs *blobs, const uint8_t digest[32])
{
	struct memory *memory = memory_of_blobs(blobs);
	_cleanup_(cleanup_treap) struct treap *map = hold(memory, &memory->bytes);

	return treap_find(map, slice_of(digest, 32)) != NULL;
}

static int memory_blobs_remove(struct blobs *blobs, const uint8_t digest[32])
{
	struct memory *memory = memory_of_blobs(blobs);
	struct treap *next;
	int code;

	WITH_MUTEX(&memory->lock);
	code = treap_delete(memory->bytes, slice_of(digest, 32), &next);
	if (code == 0)
		exchange(&memory->bytes, next);
	return code;
}

static int memory_blobs_room(struct blobs *blobs, uint64_t size)
{
	(void)blobs;
	(void)size;
	return 0;
}

static int memory_blobs_each(struct blobs *blobs,
			     int (*each)(void *context, const uint8_t digest[32],
					 struct slice bytes),
			     void *context)
{
	struct memory *memory = memory_of_blobs(blobs);
	_cleanup_(cleanup_treap) struct treap *map = hold(memory, &memory->bytes);
	const struct treap *at = treap_seek(map, slice_of(NULL, 0), false);

	for (; at; at = treap_seek(map, treap_key(at), true)) {
		int code = each(context, treap_key(at).data, treap_value(at));

		if (code)
			return code;
	}
	return 0;
}

static void memory_blobs_stats(struct blobs *blobs, struct blobs_stats *ret_stats)
{
	(void)blobs;
	ret_stats->disk_bytes = 0;
}

static void memory_blobs_close(struct blobs *blobs)
{
	memory_leave(memory_of_blobs(blobs));
}

static const struct blobs_ops memory_blobs_ops = {
	.put = memory_blobs_put,
	.get = memory_blobs_get,
	.has = memory_blobs_has,
	.remove = memory_blobs_remove,
	.room = memory_blobs_room,
	.each = memory_blobs_each,
	.stats = memory_blobs_stats,
	.close = memory_blobs_close,
};

int engine_memory_open(struct engine *ret_engine)
{
	struct memory *memory = calloc(1, sizeof *memory);

	*ret_engine = (struct engine){ NULL, NULL };
	if (!memory)
		return -ENOMEM;
	memory->kv.ops = &memory_kv_ops;
	memory->blobs.ops = &memory_blobs_ops;
	atomic_init(&memory->open, 2);
	pthread_mutex_init(&memory->lock, NULL);
	*ret_engine = (struct engine){ &memory->kv, &memory->blobs };
	return 0;
}
