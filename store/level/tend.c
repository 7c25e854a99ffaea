/*
 * Upkeep of an open file space: what was written and not yet asked to be durable becomes
 * durable within a few seconds, and what deletions left behind goes in small steps, so
 * that no request ever waits for it (P7, P12).
 *
 * Nobody waits for an answer here. A failure is logged when it first shows; what could
 * not be stored stays in memory and is tried again the next second.
 */
#include <errno.h>
#include <time.h>

#include "store/level/level_internal.h"

enum { FLUSH_AGE = 2, SYNC_AGE = 2, REAP_MILLISECONDS = 50 };

struct flushing {
	unsigned age;
	int code; /* the first failure */
};

static void keep_first(struct flushing *flushing, int err)
{
	if (err && !flushing->code)
		flushing->code = err;
}

static int flush_level(void *context, struct level *level)
{
	struct flushing *flushing = context;
	struct space *space = level_open_space(level);

	if (space)
		keep_first(flushing, space_flush(space, flushing->age));
	return 0; /* one level that cannot be stored is no reason to leave the others */
}

static int flush_all(struct filespace *filespace, unsigned age)
{
	struct flushing flushing = { age, 0 };

	keep_first(&flushing, filespace_each_level(filespace, flush_level, &flushing));
	keep_first(&flushing, space_flush(filespace->files, age));
	return flushing.code;
}

static int purge_level(void *context, struct level *level)
{
	struct space *space = level_open_space(level);
	int *code = context;
	int err = space ? space_purge(space) : 0;

	if (err && !*code)
		*code = err;
	return 0;
}

int filespace_purge(struct filespace *filespace)
{
	int code = space_purge(filespace->files);

	filespace_each_level(filespace, purge_level, &code);
	return code;
}

static int64_t milliseconds_since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)(now.tv_sec - start->tv_sec) * 1000 +
	       (now.tv_nsec - start->tv_nsec) / 1000000;
}

static int sync_if_due(struct filespace *filespace)
{
	struct trees_stats stats;
	int err;

	trees_stats(filespace->trees, &stats);
	if (stats.commits == filespace->synced_commits ||
	    milliseconds_since(&filespace->synced_at) < SYNC_AGE * 1000)
		return 0;
	err = kv_sync(filespace_kv(filespace));
	if (err)
		return err;
	/* counted before the sync: later ones wait for the next */
	filespace->synced_commits = stats.commits;
	clock_gettime(CLOCK_MONOTONIC, &filespace->synced_at);
	return 0;
}

static int reap(struct filespace *filespace)
{
	struct timespec start;
	int more;

	clock_gettime(CLOCK_MONOTONIC, &start);
	do {
		more = trees_reap(filespace->trees);
	} while (more == 1 && milliseconds_since(&start) < REAP_MILLISECONDS);
	return more < 0 ? more : 0;
}

void filespace_tend(struct filespace *filespace)
{
	int err = flush_all(filespace, FLUSH_AGE);
	int sync_err = sync_if_due(filespace);
	int purge_err = filespace_purge(filespace);
	int reap_err = reap(filespace);
	int code = err ? err : sync_err ? sync_err : purge_err ? purge_err : reap_err;

	if (code && code != filespace->tend_code)
		oplog_add(filespace->oplog, 0, "tend", filespace->release, code, NULL);
	filespace->tend_code = code;
}

int filespace_sync(struct filespace *filespace)
{
	int err = flush_all(filespace, 0);
	int sync_err = kv_sync(filespace_kv(filespace));

	return err ? err : sync_err;
}
