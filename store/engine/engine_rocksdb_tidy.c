/*
 * Gives the space of what was deleted back while the store is open.
 *
 * To RocksDB a deletion is one more entry; bytes go when a compaction meets both, and
 * compactions come with writing. A store that only shrinks would never shrink. So one
 * thread looks once a second:
 *
 *   blobs   enough were removed and the removing has paused: compact their keys. Blob files
 *           that hold nothing else are gone then, and what is garbage in the others is
 *           known. Is it more than a fifth of all, the blob files are rewritten, oldest
 *           quarter first, so that the copy never needs more than a quarter in addition.
 *           On a disk that is too full for that, file by file out of the reserve.
 *   rows    deleted ranges that have more than a mebibyte on disk are compacted, range by
 *           range; many single deletions, all of it.
 *   log     a store that nobody writes has its memtables flushed, so that what is in files
 *           is not in the log a second time.
 *
 * The thread takes tidy.lock only to look; RocksDB works without it.
 */
#include "store/engine/engine_rocksdb.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "store/base/log.h"

#define TICKS_PAUSE 2 /* seconds without a removal */
#define TICKS_BUSY 60 /* of removals without a pause */
#define TICKS_FULL 3  /* the same when the disk is full: somebody waits for the space */
#define TICKS_IDLE 10 /* seconds without a write */
#define BLOBS_MIN 16
#define BLOBS_SHARE 256 /* or this part of all keys, when that is more */
#define ROWS_MIN 20000
#define ROWS_SHARE 8
#define RANGE_BYTES_MIN (1u << 20)
#define GARBAGE_BYTES_MIN (8u << 20)
#define GARBAGE_SHARE 5
#define IDLE_BYTES_MIN (1u << 20)
#define GC_STEPS_MAX 8
#define GC_STEP_SHARE 4
#define GC_FILE_STEPS_MAX 256
#define GC_FILE_MARGIN (1u << 20) /* for what RocksDB writes besides */
#define BOTTOMMOST_FORCE 2

/* ---- notes of what was deleted ---- */

void tidy_note_blob(struct rocks *rocks)
{
	WITH_MUTEX(&rocks->tidy.lock);
	rocks->tidy.blobs_removed++;
	rocks->tidy.removed_lately = true;
}

void tidy_note_rows(struct rocks *rocks, uint64_t deleted)
{
	WITH_MUTEX(&rocks->tidy.lock);
	rocks->tidy.rows_deleted += deleted;
	rocks->tidy.removed_lately = true;
}

void tidy_note_range(struct rocks *rocks, struct slice begin, struct slice end)
{
	WITH_MUTEX(&rocks->tidy.lock);
	rocks->tidy.removed_lately = true;
	/* One that is not noted comes back with later compactions. */
	if (rocks->tidy.ranges.count < TIDY_RANGES_MAX)
		kv_batch_delete_range(&rocks->tidy.ranges, begin, end);
}

/* ---- blobs ---- */

static bool should_stop(struct rocks *rocks)
{
	WITH_MUTEX(&rocks->tidy.lock);
	return rocks->tidy.stop;
}

static void set_gc_cutoff(struct rocks *rocks, const char *cutoff)
{
	const char *keys[] = { BLOB_GC_CUTOFF };
	const char *values[] = { cutoff };
	char *err = NULL;

	rocksdb_set_options_cf(rocks->db, rocks->blobs, 1, keys, values, &err);
	rocks_error(err, "set the garbage cutoff");
}

enum gc_step { GC_NONE, GC_SHARE, GC_FILE };

/* Enough to be worth a step, and room for the copy that a step makes. */
static enum gc_step next_step(struct rocks *rocks)
{
	uint64_t garbage =
		rocks_property(rocks, rocks->blobs, "rocksdb.live-blob-file-garbage-size");
	uint64_t all = rocks_property(rocks, rocks->blobs, "rocksdb.live-blob-file-size");
	uint64_t keys = rocks_property(rocks, rocks->blobs, "rocksdb.total-sst-files-size");

	if (garbage < GARBAGE_BYTES_MIN || garbage < all / GARBAGE_SHARE)
		return GC_NONE;
	if (rocks_has_space(rocks, all / GC_STEP_SHARE))
		return GC_SHARE;
	return rocks_has_last_space(rocks, rocks->blob_file_bytes + keys + GC_FILE_MARGIN) ? GC_FILE
										    : GC_NONE;
}

/* The oldest quarter, or one file: RocksDB rounds down. */
static void set_gc_step(struct rocks *rocks, enum gc_step step)
{
	uint64_t files = rocks_property(rocks, rocks->blobs, "rocksdb.num-blob-files");
	char cutoff[16];

	if (step == GC_SHARE && files > GC_STEP_SHARE)
		snprintf(cutoff, sizeof cutoff, "%.4f", 1.0 / GC_STEP_SHARE);
	else
		snprintf(cutoff, sizeof cutoff, "%.9f", 1.0 / (double)(files ? files : 1) + 1e-9);
	set_gc_cutoff(rocks, cutoff);
}

static void collect_garbage(struct rocks *rocks)
{
	rocksdb_compactoptions_t *options = rocksdb_compactoptions_create();
	int done[] = { [GC_SHARE] = 0, [GC_FILE] = 0 };
	enum gc_step step;

	rocksdb_compactoptions_set_exclusive_manual_compaction(options, 0);
	rocksdb_compactoptions_set_bottommost_level_compaction(options, BOTTOMMOST_FORCE);
	while ((step = next_step(rocks)) && !should_stop(rocks)) {
		if (done[step]++ >= (step == GC_FILE ? GC_FILE_STEPS_MAX : GC_STEPS_MAX))
			break;
		set_gc_step(rocks, step);
		rocksdb_compact_range_cf_opt(rocks->db, rocks->blobs, options, NULL, 0, NULL, 0);
	}
	set_gc_cutoff(rocks, "0");
	rocksdb_compactoptions_destroy(options);
}

/* Takes the count when there are enough; the store's size decides what is enough. */
static bool take_blobs(struct rocks *rocks)
{
	uint64_t keys = rocks_property(rocks, rocks->blobs, "rocksdb.estimate-num-keys");
	uint64_t enough = keys / BLOBS_SHARE > BLOBS_MIN ? keys / BLOBS_SHARE : BLOBS_MIN;

	WITH_MUTEX(&rocks->tidy.lock);
	if (rocks->tidy.blobs_removed < enough)
		return false;
	rocks->tidy.blobs_removed = 0;
	return true;
}

static void tidy_blobs(struct rocks *rocks)
{
	if (!take_blobs(rocks))
		return;
	rocksdb_compact_range_cf(rocks->db, rocks->blobs, NULL, 0, NULL, 0);
	collect_garbage(rocks);
}

/* ---- rows ---- */

static int compact_range(void *context, enum kv_change_kind kind, struct slice begin,
			 struct slice end)
{
	struct rocks *rocks = context;
	const char *from = begin.data, *to = end.data;
	uint64_t bytes = 0;
	char *err = NULL;

	(void)kind;
	rocksdb_approximate_sizes_cf(rocks->db, rocks->rows, 1, &from, &begin.size, &to, &end.size,
				     &bytes, &err);
	if (rocks_error(err, "measure a range") == 0 && bytes >= RANGE_BYTES_MIN)
		rocksdb_compact_range_cf(rocks->db, rocks->rows, from, begin.size, to, end.size);
	return should_stop(rocks);
}

static bool take_rows(struct rocks *rocks, struct kv_batch *ret_ranges)
{
	uint64_t keys = rocks_property(rocks, rocks->rows, "rocksdb.estimate-num-keys");

	WITH_MUTEX(&rocks->tidy.lock);
	*ret_ranges = rocks->tidy.ranges;
	rocks->tidy.ranges = (struct kv_batch)KV_BATCH_INIT;
	if (rocks->tidy.rows_deleted < ROWS_MIN || rocks->tidy.rows_deleted < keys / ROWS_SHARE)
		return false;
	rocks->tidy.rows_deleted = 0;
	return true;
}

static void tidy_rows(struct rocks *rocks)
{
	_cleanup_(cleanup_kv_batch) struct kv_batch ranges = KV_BATCH_INIT;

	if (take_rows(rocks, &ranges))
		rocksdb_compact_range_cf(rocks->db, rocks->rows, NULL, 0, NULL, 0);
	else
		kv_batch_each(&ranges, compact_range, rocks);
}

/* ---- the log ---- */

static void tidy_log(struct rocks *rocks)
{
	if (rocks_unflushed(rocks) >= IDLE_BYTES_MIN)
		rocks_flush(rocks);
}

/* ---- the thread ---- */

/* Sleeps one second; false: stop. ret_removed: something was deleted meanwhile. */
static bool tick(struct tidy *tidy, bool *ret_removed)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec++;
	WITH_MUTEX(&tidy->lock);
	while (!tidy->stop && pthread_cond_timedwait(&tidy->wake, &tidy->lock, &until) != ETIMEDOUT)
		;
	*ret_removed = tidy->removed_lately;
	tidy->removed_lately = false;
	return !tidy->stop;
}

static void *tidy_thread(void *context)
{
	struct rocks *rocks = context;
	unsigned pause = TICKS_PAUSE + 1, busy = 0, idle = TICKS_IDLE + 1;
	uint_fast64_t seen = atomic_load(&rocks->activity);
	bool removed;

	/* What an earlier process knew to be garbage and did not get to. */
	collect_garbage(rocks);
	while (tick(&rocks->tidy, &removed)) {
		uint_fast64_t now = atomic_load(&rocks->activity);
		unsigned patience = atomic_load(&rocks->full) ? TICKS_FULL : TICKS_BUSY;

		/* Each pause is worked on once: when it gets as long as it must be. */
		pause = removed ? 0 : pause + (pause <= TICKS_PAUSE);
		idle = now != seen || removed ? 0 : idle + (idle <= TICKS_IDLE);
		seen = now;
		busy += removed;
		if (pause == TICKS_PAUSE || busy >= patience) {
			busy = 0;
			tidy_blobs(rocks);
			tidy_rows(rocks);
		}
		if (idle == TICKS_IDLE)
			tidy_log(rocks);
	}
	return NULL;
}

int tidy_start(struct rocks *rocks)
{
	struct tidy *tidy = &rocks->tidy;
	pthread_condattr_t attr;
	int code;

	pthread_mutex_init(&tidy->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&tidy->wake, &attr);
	pthread_condattr_destroy(&attr);
	code = pthread_create(&tidy->thread, NULL, tidy_thread, rocks);
	if (code) {
		pthread_cond_destroy(&tidy->wake);
		pthread_mutex_destroy(&tidy->lock);
		return -code;
	}
	tidy->running = true;
	return 0;
}

static void tell_to_stop(struct tidy *tidy)
{
	WITH_MUTEX(&tidy->lock);
	tidy->stop = true;
	pthread_cond_signal(&tidy->wake);
}

void tidy_stop(struct rocks *rocks)
{
	struct tidy *tidy = &rocks->tidy;

	if (!tidy->running)
		return;
	tell_to_stop(tidy);
	rocksdb_disable_manual_compaction(rocks->db);
	pthread_join(tidy->thread, NULL);
	tidy->running = false;
	kv_batch_release(&tidy->ranges);
	pthread_cond_destroy(&tidy->wake);
	pthread_mutex_destroy(&tidy->lock);
}
