/*
 * Rows as they were at one moment: RocksDB's snapshot behind the functions of the engine. It
 * serves who reads much and once, so nothing it reads goes into the cache.
 */
#include "store/engine/engine_rocksdb.h"

#include <errno.h>

struct rocks_moment {
	struct kv kv;
	struct rocks *rocks; /* not owned */
	const rocksdb_snapshot_t *snapshot;
	rocksdb_readoptions_t *read;
};

static struct rocks_moment *moment_of(struct kv *kv)
{
	return (struct rocks_moment *)kv;
}

static int moment_get(struct kv *kv, struct slice key, struct buffer *ret_value)
{
	struct rocks_moment *moment = moment_of(kv);

	return rocks_get_row(moment->rocks, moment->read, key, ret_value);
}

static int moment_get_many(struct kv *kv, const struct slice *keys, size_t count,
			   struct buffer *ret_values, int *ret_codes)
{
	struct rocks_moment *moment = moment_of(kv);

	return rocks_get_many(moment->rocks, moment->read, keys, count, ret_values, ret_codes);
}

static int moment_iter_new(struct kv *kv, struct slice prefix, struct kv_iter **ret_iter)
{
	struct rocks_moment *moment = moment_of(kv);

	return rocks_iter_new(moment->rocks, moment->snapshot, prefix, ret_iter);
}

static int moment_commit(struct kv *kv, const struct kv_batch *batch)
{
	(void)kv;
	(void)batch;
	return -EROFS;
}

/* Nothing was committed to it. */
static int moment_sync(struct kv *kv)
{
	(void)kv;
	return 0;
}

static void moment_stats(struct kv *kv, struct kv_stats *ret_stats)
{
	kv_stats(&moment_of(kv)->rocks->kv, ret_stats);
}

static int moment_again(struct kv *kv, struct kv **ret_moment)
{
	(void)kv;
	(void)ret_moment;
	return -EOPNOTSUPP;
}

static void moment_close(struct kv *kv)
{
	struct rocks_moment *moment = moment_of(kv);

	rocksdb_readoptions_destroy(moment->read);
	rocksdb_release_snapshot(moment->rocks->db, moment->snapshot);
	free(moment);
}

static const struct kv_ops moment_ops = {
	.get = moment_get,
	.get_many = moment_get_many,
	.iter_new = moment_iter_new,
	.commit = moment_commit,
	.sync = moment_sync,
	.stats = moment_stats,
	.moment = moment_again,
	.close = moment_close,
};

int rocks_moment(struct kv *kv, struct kv **ret_moment)
{
	struct rocks *rocks = rocks_of_kv(kv);
	struct rocks_moment *moment = calloc(1, sizeof *moment);

	if (!moment)
		return -ENOMEM;
	moment->kv.ops = &moment_ops;
	moment->rocks = rocks;
	moment->snapshot = rocksdb_create_snapshot(rocks->db);
	moment->read = rocksdb_readoptions_create();
	rocksdb_readoptions_set_verify_checksums(moment->read, 1);
	rocksdb_readoptions_set_fill_cache(moment->read, 0);
	rocksdb_readoptions_set_snapshot(moment->read, moment->snapshot);
	*ret_moment = &moment->kv;
	return 0;
}
