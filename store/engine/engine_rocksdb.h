/*
 * What the files engine_rocksdb*.c share; no other file includes this header or
 * rocksdb/c.h. One database with two column families: rows in "default", blobs in
 * "blobs", and one write-ahead log for both, so that commits of rows and puts of blobs
 * become durable in the order in which they returned.
 */
#ifndef STORE_ENGINE_ENGINE_ROCKSDB_H
#define STORE_ENGINE_ENGINE_ROCKSDB_H

#include <rocksdb/c.h>
#include <stdatomic.h>

#include "store/base/cleanup.h"
#include "store/engine/engine.h"
#include "store/engine/shared_sync.h"
#include "store/engine/watermark.h"

#define TIDY_RANGES_MAX 32

/* What deletions left for the tidy thread to do. Everything is guarded by lock. */
struct tidy {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	pthread_t thread;
	bool running; /* the thread exists; set before and after it only */
	bool stop;
	uint64_t blobs_removed; /* since the blobs were last compacted */
	uint64_t rows_deleted;  /* single ones, since the rows were last compacted */
	bool removed_lately;    /* since the last tick */
	struct kv_batch ranges; /* deleted ranges as changes, at most TIDY_RANGES_MAX */
};

struct rocks {
	struct kv kv;
	struct blobs blobs_engine;
	atomic_uint open; /* of the two engines */
	char *path;
	uint64_t blob_file_bytes; /* a file of blobs ends when it has that many */
	rocksdb_t *db;
	rocksdb_column_family_handle_t *rows;
	rocksdb_column_family_handle_t *blobs;
	rocksdb_cache_t *cache; /* blocks of both families */
	rocksdb_readoptions_t *read;
	rocksdb_writeoptions_t *write; /* never synchronous */
	struct shared_sync sync;
	struct watermark mark;
	atomic_uint_fast64_t failed_before; /* no sync until the sequence got here; see rocks_wrote() */
	atomic_uint_fast64_t activity; /* commits and puts */
	atomic_uint_fast64_t unlooked; /* bytes put since the last look at the disk's space */
	atomic_bool full;              /* what the look said */
	pthread_mutex_t make_room;     /* one thread flushes for all that find the disk full */
	struct tidy tidy;
};

/* The options of the two families; the first also holds the database's. */
struct rocks_options {
	rocksdb_options_t *rows;
	rocksdb_options_t *blobs;
};
void rocks_options_init(struct rocks_options *options, struct rocks *rocks, bool create);
void rocks_options_release(struct rocks_options *options);
rocksdb_cache_t *rocks_cache_new(void);

/* Changed while open: which part of the blob files, oldest first, a compaction rewrites. */
#define BLOB_GC_CUTOFF "blob_garbage_collection_age_cutoff"

/*
 * The code for RocksDB's words in err, which is freed, and logged with what was being done
 * unless it is -ENOSPC; 0 when err is NULL.
 */
int rocks_error(char *err, const char *doing);

/* The same after a write, whose failure the next sync must know of. */
int rocks_wrote(struct rocks *rocks, char *err, const char *doing);
/* An integer property of a family, 0 when it has none of that name. */
uint64_t rocks_property(struct rocks *rocks, rocksdb_column_family_handle_t *family,
			const char *name);

/* get of either family: 0, -ENOENT or a failure. */
int rocks_get(struct rocks *rocks, rocksdb_column_family_handle_t *family, struct slice key,
	      struct buffer *ret_value);
/* The same for rows, with options of the caller's. */
int rocks_get_row(struct rocks *rocks, const rocksdb_readoptions_t *read, struct slice key,
		  struct buffer *ret_value);
int rocks_get_many(struct rocks *rocks, const rocksdb_readoptions_t *read, const struct slice *keys,
		   size_t count, struct buffer *ret_values, int *ret_codes);
/* An iterator over rows; of a snapshot (NULL: of now) it leaves the cache to others. */
int rocks_iter_new(struct rocks *rocks, const rocksdb_snapshot_t *snapshot, struct slice prefix,
		   struct kv_iter **ret_iter);
int rocks_moment(struct kv *kv, struct kv **ret_moment);

int rocks_sync(struct rocks *rocks);
/* kv_checkpoint() */
int rocks_checkpoint(struct rocks *rocks, const char *path);
/* What the memtables hold goes to files, so that the log is empty. A failure is logged only. */
void rocks_flush(struct rocks *rocks);
/* Bytes in the memtables. */
uint64_t rocks_unflushed(struct rocks *rocks);
uint64_t rocks_disk_bytes(struct rocks *rocks);
/* How large files of blobs may be, so that one can be copied out of the reserve of a full disk. */
uint64_t rocks_blob_file_bytes(const char *path);
/* Room for what an opening writes? Without it RocksDB ends the process: its LOG asserts. */
bool rocks_can_open(const char *path);
/* Does the disk take more bytes, what the memtables hold, and keep a reserve? */
bool rocks_has_space(struct rocks *rocks, uint64_t more);
/* Without the reserve, for what gives more space back than it takes. */
bool rocks_has_last_space(struct rocks *rocks, uint64_t more);
/* The same for a blob that is about to be put, looked up now and then: 0 or -ENOSPC. */
int rocks_space_for(struct rocks *rocks, size_t size);
/* The same for bytes that will be put later, looked up each time. */
int rocks_room_for(struct rocks *rocks, uint64_t size);
void rocks_leave(struct rocks *rocks);

extern const struct kv_ops rocks_kv_ops;
extern const struct blobs_ops rocks_blobs_ops;

static inline struct rocks *rocks_of_kv(struct kv *kv)
{
	return (struct rocks *)((char *)kv - offsetof(struct rocks, kv));
}

static inline struct rocks *rocks_of_blobs(struct blobs *blobs)
{
	return (struct rocks *)((char *)blobs - offsetof(struct rocks, blobs_engine));
}

static inline void cleanup_pinned(rocksdb_pinnableslice_t **slice)
{
	rocksdb_pinnableslice_destroy(*slice);
}

/* The thread that gives space back. 0 or -errno. */
int tidy_start(struct rocks *rocks);
/* Waits for the thread, and ends a compaction it is in. */
void tidy_stop(struct rocks *rocks);
void tidy_note_blob(struct rocks *rocks);
void tidy_note_rows(struct rocks *rocks, uint64_t deleted);
void tidy_note_range(struct rocks *rocks, struct slice begin, struct slice end);

#endif
