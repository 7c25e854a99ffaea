/*
 * The key-value engine on the family "default".
 *
 * Commits go to the write-ahead log without a sync: they survive the death of the
 * process, and rocks_sync() makes them survive that of the machine. An iterator has read
 * options of its own, because the bound where its prefix ends belongs to them.
 */
#include "store/engine/engine_rocksdb.h"

#include <errno.h>

struct rocks_iter {
	struct kv_iter iter;
	rocksdb_readoptions_t *read;
	rocksdb_iterator_t *at;
	size_t prefix_size;
	uint8_t *bound; /* the least key above the prefix; must outlive at */
	uint8_t prefix[];
};

static bool is_before(struct slice a, struct slice b)
{
	size_t common = a.size < b.size ? a.size : b.size;
	int order = common ? memcmp(a.data, b.data, common) : 0;

	return order < 0 || (order == 0 && a.size < b.size);
}

/* ---- get ---- */

static int rows_get(struct kv *kv, struct slice key, struct buffer *ret_value)
{
	struct rocks *rocks = rocks_of_kv(kv);

	return rocks_get(rocks, rocks->rows, key, ret_value);
}

/* What the C API wants as parallel arrays, in one block for count keys. */
struct many {
	const char **keys;
	size_t *sizes;
	rocksdb_pinnableslice_t **values;
	char **errs;
};

static void *many_new(struct many *many, const struct slice *keys, size_t count)
{
	size_t one = sizeof *many->keys + sizeof *many->sizes + sizeof *many->values +
		     sizeof *many->errs;
	char *block = calloc(count, one);

	if (!block)
		return NULL;
	many->keys = (const char **)block;
	many->sizes = (size_t *)(many->keys + count);
	many->values = (rocksdb_pinnableslice_t **)(many->sizes + count);
	many->errs = (char **)(many->values + count);
	for (size_t i = 0; i < count; i++) {
		many->keys[i] = keys[i].data;
		many->sizes[i] = keys[i].size;
	}
	return block;
}

static int take_one(rocksdb_pinnableslice_t *value, char *err, struct buffer *ret_value)
{
	_cleanup_(cleanup_pinned) rocksdb_pinnableslice_t *pinned = value;
	const char *data;
	size_t size;

	if (err)
		return rocks_error(err, "get");
	if (!pinned)
		return -ENOENT;
	data = rocksdb_pinnableslice_value(pinned, &size);
	return buffer_set(ret_value, data, size);
}

int rocks_get_many(struct rocks *rocks, const rocksdb_readoptions_t *read, const struct slice *keys,
		   size_t count, struct buffer *ret_values, int *ret_codes)
{
	struct many many;
	_cleanup_free_ void *block = many_new(&many, keys, count);

	if (!block)
		return -ENOMEM;
	rocksdb_batched_multi_get_cf(rocks->db, read, rocks->rows, count, many.keys,
				     many.sizes, many.values, many.errs, false);
	for (size_t i = 0; i < count; i++)
		ret_codes[i] = take_one(many.values[i], many.errs[i], &ret_values[i]);
	return 0;
}

static int rows_get_many(struct kv *kv, const struct slice *keys, size_t count,
			 struct buffer *ret_values, int *ret_codes)
{
	struct rocks *rocks = rocks_of_kv(kv);

	return rocks_get_many(rocks, rocks->read, keys, count, ret_values, ret_codes);
}

/* ---- iterators ---- */

static struct rocks_iter *rocks_of_iter(struct kv_iter *iter)
{
	return (struct rocks_iter *)iter;
}

static bool iter_valid(struct kv_iter *iter)
{
	return rocksdb_iter_valid(rocks_of_iter(iter)->at);
}

static struct slice iter_key(struct kv_iter *iter)
{
	size_t size;
	const char *key = rocksdb_iter_key(rocks_of_iter(iter)->at, &size);

	return slice_of(key, size);
}

static struct slice iter_value(struct kv_iter *iter)
{
	size_t size;
	const char *value = rocksdb_iter_value(rocks_of_iter(iter)->at, &size);

	return slice_of(value, size);
}

static void iter_next(struct kv_iter *iter)
{
	rocksdb_iter_next(rocks_of_iter(iter)->at);
}

static void iter_seek(struct kv_iter *iter, struct slice key)
{
	struct rocks_iter *self = rocks_of_iter(iter);

	if (is_before(key, slice_of(self->prefix, self->prefix_size)))
		rocksdb_iter_seek(self->at, (const char *)self->prefix, self->prefix_size);
	else
		rocksdb_iter_seek(self->at, key.data, key.size);
}

static int iter_error(struct kv_iter *iter)
{
	char *err = NULL;

	rocksdb_iter_get_error(rocks_of_iter(iter)->at, &err);
	return rocks_error(err, "iterate");
}

static void iter_free(struct kv_iter *iter)
{
	struct rocks_iter *self = rocks_of_iter(iter);

	rocksdb_iter_destroy(self->at);
	rocksdb_readoptions_destroy(self->read);
	free(self->bound);
	free(self);
}

static const struct kv_iter_ops rocks_iter_ops = {
	.valid = iter_valid,
	.key = iter_key,
	.value = iter_value,
	.next = iter_next,
	.seek = iter_seek,
	.error = iter_error,
	.free = iter_free,
};

/* The prefix cut off after the last byte that can be raised, and that raised. 0: no end. */
static size_t bound_of(const struct slice prefix, uint8_t *ret_bound)
{
	size_t size = prefix.size;

	if (size)
		memcpy(ret_bound, prefix.data, size);
	while (size > 0 && ret_bound[size - 1] == 0xff)
		size--;
	if (size > 0)
		ret_bound[size - 1]++;
	return size;
}

int rocks_iter_new(struct rocks *rocks, const rocksdb_snapshot_t *snapshot, struct slice prefix,
		   struct kv_iter **ret_iter)
{
	struct rocks_iter *iter = malloc(sizeof *iter + prefix.size);
	uint8_t *bound = malloc(prefix.size + 1);
	size_t bound_size;

	if (!iter || !bound) {
		free(iter);
		free(bound);
		return -ENOMEM;
	}
	iter->iter.ops = &rocks_iter_ops;
	iter->bound = bound;
	iter->prefix_size = prefix.size;
	if (prefix.size)
		memcpy(iter->prefix, prefix.data, prefix.size);
	iter->read = rocksdb_readoptions_create();
	rocksdb_readoptions_set_verify_checksums(iter->read, 1);
	if (snapshot) {
		rocksdb_readoptions_set_snapshot(iter->read, snapshot);
		rocksdb_readoptions_set_fill_cache(iter->read, 0);
	}
	bound_size = bound_of(prefix, bound);
	if (bound_size)
		rocksdb_readoptions_set_iterate_upper_bound(iter->read, (const char *)bound,
							    bound_size);
	iter->at = rocksdb_create_iterator_cf(rocks->db, iter->read, rocks->rows);
	rocksdb_iter_seek(iter->at, (const char *)iter->prefix, iter->prefix_size);
	*ret_iter = &iter->iter;
	return 0;
}

static int rows_iter_new(struct kv *kv, struct slice prefix, struct kv_iter **ret_iter)
{
	return rocks_iter_new(rocks_of_kv(kv), NULL, prefix, ret_iter);
}

/* ---- commit ---- */

struct translation {
	struct rocks *rocks;
	rocksdb_writebatch_t *batch;
	uint64_t deleted;
};

static int translate_change(void *context, enum kv_change_kind kind, struct slice key,
			    struct slice value)
{
	struct translation *t = context;
	rocksdb_column_family_handle_t *rows = t->rocks->rows;

	switch (kind) {
	case KV_PUT:
		rocksdb_writebatch_put_cf(t->batch, rows, key.data, key.size, value.data,
					  value.size);
		break;
	case KV_DELETE:
		rocksdb_writebatch_delete_cf(t->batch, rows, key.data, key.size);
		t->deleted++;
		break;
	case KV_DELETE_RANGE:
		/* RocksDB refuses a range that ends before it begins; to us it is empty. */
		if (is_before(key, value))
			rocksdb_writebatch_delete_range_cf(t->batch, rows, key.data, key.size,
							   value.data, value.size);
		break;
	}
	return 0;
}

static int note_range(void *context, enum kv_change_kind kind, struct slice key, struct slice value)
{
	if (kind == KV_DELETE_RANGE && is_before(key, value))
		tidy_note_range(context, key, value);
	return 0;
}

static int rows_commit(struct kv *kv, const struct kv_batch *batch)
{
	struct rocks *rocks = rocks_of_kv(kv);
	struct translation t = { rocks, rocksdb_writebatch_create(), 0 };
	char *err = NULL;

	kv_batch_each(batch, translate_change, &t);
	rocksdb_write(rocks->db, rocks->write, t.batch, &err);
	rocksdb_writebatch_destroy(t.batch);
	if (err)
		return rocks_wrote(rocks, err, "commit");
	atomic_fetch_add(&rocks->activity, 1);
	if (t.deleted)
		tidy_note_rows(rocks, t.deleted);
	kv_batch_each(batch, note_range, rocks);
	return 0;
}

/* ---- the rest ---- */

static int rows_sync(struct kv *kv)
{
	return rocks_sync(rocks_of_kv(kv));
}

static int rows_checkpoint(struct kv *kv, const char *path)
{
	return rocks_checkpoint(rocks_of_kv(kv), path);
}

static void rows_stats(struct kv *kv, struct kv_stats *ret_stats)
{
	struct rocks *rocks = rocks_of_kv(kv);

	ret_stats->disk_bytes = rocks_disk_bytes(rocks);
	ret_stats->memory_bytes = rocksdb_cache_get_usage(rocks->cache) + rocks_unflushed(rocks);
	ret_stats->syncs = shared_sync_count(&rocks->sync);
}

static void rows_close(struct kv *kv)
{
	rocks_leave(rocks_of_kv(kv));
}

const struct kv_ops rocks_kv_ops = {
	.get = rows_get,
	.get_many = rows_get_many,
	.iter_new = rows_iter_new,
	.commit = rows_commit,
	.sync = rows_sync,
	.checkpoint = rows_checkpoint,
	.stats = rows_stats,
	.moment = rocks_moment,
	.close = rows_close,
};
