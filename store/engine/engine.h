/*
 * The two narrow engines everything is stored in.
 *
 * struct kv     an ordered key-value engine for the mutable rows and records;
 * struct blobs  a blob engine for immutable bytes known by their SHA-256.
 *
 * Both are tables of functions: RocksDB implements them for real stores, memory for
 * tests, and the faulty wrapper (tests/support) fails or dies at the n-th call.
 * Nothing else stands between the rooms and RocksDB. One contract test
 * (tests/store/engine/test_contract.c) runs on all of them.
 *
 * Every function may be called from any thread at any time, except close.
 * Keys are 1 to 1,024 bytes, values 0 bytes to 4 MiB; larger ones are -EINVAL.
 * Failures are -EIO (damage or disk), -ENOSPC, -ENOMEM.
 */
#ifndef STORE_ENGINE_ENGINE_H
#define STORE_ENGINE_ENGINE_H

#include "store/base/buffer.h"
#include "store/base/bytes.h"

#define ENGINE_KEY_MAX	 1024
#define ENGINE_VALUE_MAX (4u << 20)

/* ---- batches: changes that become visible and durable together ---- */

enum kv_change_kind { KV_PUT = 1, KV_DELETE = 2, KV_DELETE_RANGE = 3 };

/*
 * A list of changes, engine-independent. Later changes of one key win over earlier
 * ones. Owned by one thread; starts zeroed (KV_BATCH_INIT), ends with kv_batch_release().
 * No memory is remembered and reported by kv_commit() as -ENOMEM.
 */
struct kv_batch {
	struct buffer bytes; /* records: u8 kind, le32 key size, le32 value size, key, value */
	size_t count;
};

#define KV_BATCH_INIT                                                                              \
	{                                                                                          \
		BUFFER_INIT, 0                                                                     \
	}

void kv_batch_put(struct kv_batch *batch, struct slice key, struct slice value);
void kv_batch_delete(struct kv_batch *batch, struct slice key);
/* Deletes every key k with begin <= k < end. */
void kv_batch_delete_range(struct kv_batch *batch, struct slice begin, struct slice end);
/* Empties the batch, keeps its memory. */
void kv_batch_clear(struct kv_batch *batch);
void kv_batch_release(struct kv_batch *batch);
/* Calls each with every change in order until it returns non-zero; returns that, or 0. */
int kv_batch_each(const struct kv_batch *batch,
		  int (*each)(void *context, enum kv_change_kind kind, struct slice key,
			      struct slice value),
		  void *context);

/* ---- the ordered key-value engine ---- */

struct kv;
struct kv_iter;

struct kv_stats {
	uint64_t disk_bytes;   /* what the engine occupies on disk now; 0 for memory */
	uint64_t memory_bytes; /* what it holds in memory: caches and unwritten rows */
	uint64_t syncs;	       /* kv_sync() calls that reached the disk */
};

struct kv_ops {
	/* Fills ret_value (replacing its content). 0, or -ENOENT when the key is absent. */
	int (*get)(struct kv *kv, struct slice key, struct buffer *ret_value);
	/*
	 * count keys at once. ret_codes[i] is what get would return for keys[i] and
	 * ret_values[i] its value; returns 0, or a failure that concerns the whole call.
	 */
	int (*get_many)(struct kv *kv, const struct slice *keys, size_t count,
			struct buffer *ret_values, int *ret_codes);
	/*
	 * An iterator over the keys that start with prefix, in byte order, over one moment:
	 * later commits do not show. It stands on the first such key >= prefix.
	 */
	int (*iter_new)(struct kv *kv, struct slice prefix, struct kv_iter **ret_iter);
	/* All changes of batch or none, visible to every later get. Durable after the next sync at the latest. */
	int (*commit)(struct kv *kv, const struct kv_batch *batch);
	/*
	 * On return every commit that had returned before the call is durable.
	 * Calls that meet share one disk write.
	 */
	int (*sync)(struct kv *kv);
	/*
	 * Copies both engines as they are at one moment between call and return into the directory
	 * path, which must not exist; engine_rocksdb_open() opens it. The moment is a place in the
	 * order of commits, puts and removals: all before it are in the copy, none after it is.
	 * Others go on meanwhile. On disk when it returns, but for the entry of path itself; after
	 * a failure nothing is left. -EOPNOTSUPP when there is nothing on disk to copy.
	 */
	int (*checkpoint)(struct kv *kv, const char *path);
	void (*stats)(struct kv *kv, struct kv_stats *ret_stats);
	/*
	 * What kv holds now, as an engine of its own: later commits do not show. It takes no
	 * commit (-EROFS), has no moments of its own, and is closed before kv. While it is open kv
	 * keeps what it shows, also what is deleted meanwhile, so it is not held for long.
	 */
	int (*moment)(struct kv *kv, struct kv **ret_moment);
	/* Syncs what it can and frees. Nobody else may use kv any more. */
	void (*close)(struct kv *kv);
};

/* An implementation embeds this first. */
struct kv {
	const struct kv_ops *ops;
};

struct kv_iter_ops {
	bool (*valid)(struct kv_iter *iter);
	/* Valid until the next call on iter. */
	struct slice (*key)(struct kv_iter *iter);
	struct slice (*value)(struct kv_iter *iter);
	void (*next)(struct kv_iter *iter);
	/* To the first key of the prefix that is >= key. */
	void (*seek)(struct kv_iter *iter, struct slice key);
	/* After valid() is false: 0 at the end, negative when the engine failed. */
	int (*error)(struct kv_iter *iter);
	void (*free)(struct kv_iter *iter);
};

struct kv_iter {
	const struct kv_iter_ops *ops;
};

int kv_get(struct kv *kv, struct slice key, struct buffer *ret_value);
int kv_get_many(struct kv *kv, const struct slice *keys, size_t count, struct buffer *ret_values,
		int *ret_codes);
int kv_iter_new(struct kv *kv, struct slice prefix, struct kv_iter **ret_iter);
/* An empty batch succeeds without a call to the engine. */
int kv_commit(struct kv *kv, const struct kv_batch *batch);
int kv_sync(struct kv *kv);
int kv_checkpoint(struct kv *kv, const char *path);
void kv_stats(struct kv *kv, struct kv_stats *ret_stats);
int kv_moment(struct kv *kv, struct kv **ret_moment);
/* close(NULL) and free(NULL) are legal. */
void kv_close(struct kv *kv);
bool kv_iter_valid(struct kv_iter *iter);
struct slice kv_iter_key(struct kv_iter *iter);
struct slice kv_iter_value(struct kv_iter *iter);
void kv_iter_next(struct kv_iter *iter);
void kv_iter_seek(struct kv_iter *iter, struct slice key);
int kv_iter_error(struct kv_iter *iter);
void kv_iter_free(struct kv_iter *iter);

static inline void cleanup_kv(struct kv **kv)
{
	kv_close(*kv);
}
static inline void cleanup_kv_iter(struct kv_iter **iter)
{
	kv_iter_free(*iter);
}
static inline void cleanup_kv_batch(struct kv_batch *batch)
{
	kv_batch_release(batch);
}
static inline void cleanup_buffer(struct buffer *buffer)
{
	buffer_release(buffer);
}

/* ---- the blob engine ---- */

struct blobs;

struct blobs_stats {
	uint64_t disk_bytes;
};

/* Keys are 32-byte digests; the engine does not check that the bytes match them (store/chunk does). */
struct blobs_ops {
	/*
	 * Stores bytes under digest unless something is there. 0 when stored, 1 when it was there.
	 * Durable no later than any kv commit that is made after the put returned.
	 */
	int (*put)(struct blobs *blobs, const uint8_t digest[32], struct slice bytes);
	/* 0 or -ENOENT. */
	int (*get)(struct blobs *blobs, const uint8_t digest[32], struct buffer *ret_bytes);
	/* 1 there, 0 absent, negative failure. */
	int (*has)(struct blobs *blobs, const uint8_t digest[32]);
	/* Absent is success. */
	int (*remove)(struct blobs *blobs, const uint8_t digest[32]);
	/*
	 * Is there room for size bytes more? 0, or -ENOSPC. So that a write can be refused when
	 * it is made, not when its bytes are put; a put may be refused all the same.
	 */
	int (*room)(struct blobs *blobs, uint64_t size);
	/* Calls each for every blob, in digest order, until it returns non-zero; returns that, 0 or a failure. */
	int (*each)(struct blobs *blobs,
		    int (*each)(void *context, const uint8_t digest[32], struct slice bytes),
		    void *context);
	void (*stats)(struct blobs *blobs, struct blobs_stats *ret_stats);
	void (*close)(struct blobs *blobs);
};

struct blobs {
	const struct blobs_ops *ops;
};

int blobs_put(struct blobs *blobs, const uint8_t digest[32], struct slice bytes);
int blobs_get(struct blobs *blobs, const uint8_t digest[32], struct buffer *ret_bytes);
int blobs_has(struct blobs *blobs, const uint8_t digest[32]);
int blobs_remove(struct blobs *blobs, const uint8_t digest[32]);
int blobs_room(struct blobs *blobs, uint64_t size);
int blobs_each(struct blobs *blobs,
	       int (*each)(void *context, const uint8_t digest[32], struct slice bytes),
	       void *context);
void blobs_stats(struct blobs *blobs, struct blobs_stats *ret_stats);
void blobs_close(struct blobs *blobs);

/* ---- the implementations ---- */

struct engine {
	struct kv *kv;
	struct blobs *blobs;
};

/* Both engines in memory. -ENOMEM. */
int engine_memory_open(struct engine *ret_engine);

/*
 * Both engines in one RocksDB database in directory path: rows in the default column
 * family, blobs in "blobs". With create the directory must not hold a database yet
 * (-EEXIST), without it must (-ENOENT). -EBUSY when another process has it open,
 * -CSM_STORE_DAMAGED when RocksDB refuses it; ret_message (if not NULL) then gets
 * RocksDB's own words, freed by the caller.
 */
int engine_rocksdb_open(const char *path, bool create, struct engine *ret_engine,
			char **ret_message);

/* The version of RocksDB that is in use, as "7.8.3", or the name of its file when that does not tell. */
void engine_rocksdb_version(struct buffer *ret_text);

/* Closes blobs, then kv. */
void engine_close(struct engine *engine);

#endif
