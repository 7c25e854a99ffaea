/*
 * The wrapper holds its lock through every change, so that the journal has the changes in
 * the order in which they happened. That makes it slower than the engine inside, and
 * an order that a test can rely on.
 *
 * An undo of a commit is made before the commit, from what the keys held: a batch that
 * puts it back. It is the same for all engines, so a power cut needs no help from them.
 */
#include "tests/support/engine_faulty.h"

#include <errno.h>

#include "store/base/cleanup.h"

/* How to take one change back. */
struct undo {
	struct undo *older, *newer;
	uint64_t number; /* rises by one with each change */
	struct kv_batch rows;
	bool is_blob, was_there;
	uint8_t digest[32];
	struct buffer bytes; /* of a blob that was removed */
};

struct engine_faulty {
	struct kv kv;
	struct blobs blobs;
	struct engine inner;
	pthread_mutex_t lock;
	unsigned counted;             /* lock */
	enum fault_mode mode;         /* lock */
	uint64_t strike_at, calls;    /* lock */
	bool struck, dead;            /* lock */
	struct undo *oldest, *newest; /* lock; the journal */
	uint64_t changes;             /* lock; number of the newest change ever */
	size_t unsynced;              /* lock */
	uint64_t room;                /* lock */
};

static struct engine_faulty *faulty_of_kv(struct kv *kv)
{
	return (struct engine_faulty *)((char *)kv - offsetof(struct engine_faulty, kv));
}

static struct engine_faulty *faulty_of_blobs(struct blobs *blobs)
{
	return (struct engine_faulty *)((char *)blobs - offsetof(struct engine_faulty, blobs));
}

/* ---- striking; under the lock ---- */

static int count_call(struct engine_faulty *faulty, unsigned call)
{
	if (faulty->dead)
		return -EIO;
	if (!(faulty->counted & call))
		return 0;
	faulty->calls++;
	if (faulty->mode == FAULT_NONE || faulty->calls != faulty->strike_at)
		return 0;
	faulty->struck = true;
	faulty->dead = faulty->mode == FAULT_DEAD;
	return -EIO;
}

static int count_read(struct engine_faulty *faulty)
{
	WITH_MUTEX(&faulty->lock);
	return count_call(faulty, FAULT_GET);
}

/* ---- the journal; under the lock ---- */

static void undo_free(struct undo *undo)
{
	kv_batch_release(&undo->rows);
	buffer_release(&undo->bytes);
	free(undo);
}

static void cleanup_undo(struct undo **undo)
{
	if (*undo)
		undo_free(*undo);
}

static void journal_add(struct engine_faulty *faulty, struct undo *undo)
{
	undo->number = ++faulty->changes;
	undo->older = faulty->newest;
	undo->newer = NULL;
	if (faulty->newest)
		faulty->newest->newer = undo;
	else
		faulty->oldest = undo;
	faulty->newest = undo;
	faulty->unsynced++;
}

static struct undo *journal_take(struct engine_faulty *faulty, struct undo *undo)
{
	if (undo->older)
		undo->older->newer = undo->newer;
	else
		faulty->oldest = undo->newer;
	if (undo->newer)
		undo->newer->older = undo->older;
	else
		faulty->newest = undo->older;
	faulty->unsynced--;
	return undo;
}

/* Changes up to number are on disk. */
static void journal_drop(struct engine_faulty *faulty, uint64_t number)
{
	while (faulty->oldest && faulty->oldest->number <= number)
		undo_free(journal_take(faulty, faulty->oldest));
}

struct keep_old {
	struct kv *inner;
	struct kv_batch *undo;
};

static int keep_old_value(struct keep_old *keep, struct slice key)
{
	_cleanup_(cleanup_buffer) struct buffer old = BUFFER_INIT;
	int code = kv_get(keep->inner, key, &old);

	if (code == 0)
		kv_batch_put(keep->undo, key, buffer_slice(&old));
	else if (code == -ENOENT)
		kv_batch_delete(keep->undo, key);
	else
		return code;
	return 0;
}

static bool is_below(struct slice a, struct slice b)
{
	int order = memcmp(a.data, b.data, a.size < b.size ? a.size : b.size);

	return order < 0 || (order == 0 && a.size < b.size);
}

static int keep_old_range(struct keep_old *keep, struct slice begin, struct slice end)
{
	_cleanup_(cleanup_kv_iter) struct kv_iter *iter = NULL;
	int code = kv_iter_new(keep->inner, slice_of(NULL, 0), &iter);

	if (code)
		return code;
	for (kv_iter_seek(iter, begin); kv_iter_valid(iter); kv_iter_next(iter)) {
		if (!is_below(kv_iter_key(iter), end))
			return 0;
		kv_batch_put(keep->undo, kv_iter_key(iter), kv_iter_value(iter));
	}
	return kv_iter_error(iter);
}

static int keep_old_change(void *context, enum kv_change_kind kind, struct slice key,
			   struct slice value)
{
	if (kind == KV_DELETE_RANGE)
		return keep_old_range(context, key, value);
	return keep_old_value(context, key);
}

/* ---- rows ---- */

static int faulty_get(struct kv *kv, struct slice key, struct buffer *ret_value)
{
	struct engine_faulty *faulty = faulty_of_kv(kv);
	int code = count_read(faulty);

	return code ? code : kv_get(faulty->inner.kv, key, ret_value);
}

static int faulty_get_many(struct kv *kv, const struct slice *keys, size_t count,
			   struct buffer *ret_values, int *ret_codes)
{
	struct engine_faulty *faulty = faulty_of_kv(kv);
	int code = count_read(faulty);

	return code ? code : kv_get_many(faulty->inner.kv, keys, count, ret_values, ret_codes);
}

static int faulty_iter_new(struct kv *kv, struct slice prefix, struct kv_iter **ret_iter)
{
	struct engine_faulty *faulty = faulty_of_kv(kv);
	int code = count_read(faulty);

	return code ? code : kv_iter_new(faulty->inner.kv, prefix, ret_iter);
}

static int faulty_commit(struct kv *kv, const struct kv_batch *batch)
{
	struct engine_faulty *faulty = faulty_of_kv(kv);
	_cleanup_(cleanup_undo) struct undo *undo = calloc(1, sizeof *undo);
	struct keep_old keep = { faulty->inner.kv, undo ? &undo->rows : NULL };
	int code;

	if (!undo)
		return -ENOMEM;
	WITH_MUTEX(&faulty->lock);
	code = count_call(faulty, FAULT_COMMIT);
	if (code == 0)
		code = kv_batch_each(batch, keep_old_change, &keep);
	if (code == 0)
		code = kv_commit(faulty->inner.kv, batch);
	if (code == 0)
		journal_add(faulty, take_pointer(&undo));
	return code;
}

static int faulty_sync(struct kv *kv)
{
	struct engine_faulty *faulty = faulty_of_kv(kv);
	uint64_t covered;
	int code;

	pthread_mutex_lock(&faulty->lock);
	code = count_call(faulty, FAULT_SYNC);
	covered = faulty->changes;
	pthread_mutex_unlock(&faulty->lock);
	if (code == 0)
		code = kv_sync(faulty->inner.kv);
	if (code)
		return code;
	WITH_MUTEX(&faulty->lock);
	journal_drop(faulty, covered);
	return 0;
}

/* Syncs first: what the copy has is on disk in the engine itself, too. */
static int faulty_checkpoint(struct kv *kv, const char *path)
{
	int code = faulty_sync(kv);

	return code ? code : kv_checkpoint(faulty_of_kv(kv)->inner.kv, path);
}

static void faulty_stats(struct kv *kv, struct kv_stats *ret_stats)
{
	kv_stats(faulty_of_kv(kv)->inner.kv, ret_stats);
}

static void faulty_close(struct kv *kv)
{
	(void)kv;
}

/* ---- moments: their reads count as all others do ---- */

struct faulty_moment {
	struct kv kv;
	struct engine_faulty *faulty;
	struct kv *inner;
};

static struct faulty_moment *moment_of(struct kv *kv)
{
	return (struct faulty_moment *)kv;
}

static int moment_get(struct kv *kv, struct slice key, struct buffer *ret_value)
{
	int code = count_read(moment_of(kv)->faulty);

	return code ? code : kv_get(moment_of(kv)->inner, key, ret_value);
}

static int moment_get_many(struct kv *kv, const struct slice *keys, size_t count,
			   struct buffer *ret_values, int *ret_codes)
{
	int code = count_read(moment_of(kv)->faulty);

	return code ? code
		    : kv_get_many(moment_of(kv)->inner, keys, count, ret_values, ret_codes);
}

static int moment_iter_new(struct kv *kv, struct slice prefix, struct kv_iter **ret_iter)
{
	int code = count_read(moment_of(kv)->faulty);

	return code ? code : kv_iter_new(moment_of(kv)->inner, prefix, ret_iter);
}

static int moment_commit(struct kv *kv, const struct kv_batch *batch)
{
	return kv_commit(moment_of(kv)->inner, batch);
}

static int moment_sync(struct kv *kv)
{
	return kv_sync(moment_of(kv)->inner);
}

static void moment_stats(struct kv *kv, struct kv_stats *ret_stats)
{
	kv_stats(moment_of(kv)->inner, ret_stats);
}

static int moment_again(struct kv *kv, struct kv **ret_moment)
{
	return kv_moment(moment_of(kv)->inner, ret_moment);
}

static void moment_close(struct kv *kv)
{
	kv_close(moment_of(kv)->inner);
	free(kv);
}

static const struct kv_ops faulty_moment_ops = {
	.get = moment_get,
	.get_many = moment_get_many,
	.iter_new = moment_iter_new,
	.commit = moment_commit,
	.sync = moment_sync,
	.stats = moment_stats,
	.moment = moment_again,
	.close = moment_close,
};

static int faulty_moment(struct kv *kv, struct kv **ret_moment)
{
	struct faulty_moment *moment = calloc(1, sizeof *moment);
	int code;

	if (!moment)
		return -ENOMEM;
	moment->kv.ops = &faulty_moment_ops;
	moment->faulty = faulty_of_kv(kv);
	code = kv_moment(moment->faulty->inner.kv, &moment->inner);
	if (code)
		free(moment);
	else
		*ret_moment = &moment->kv;
	return code;
}

static const struct kv_ops faulty_kv_ops = {
	.get = faulty_get,
	.get_many = faulty_get_many,
	.iter_new = faulty_iter_new,
	.commit = faulty_commit,
	.sync = faulty_sync,
	.checkpoint = faulty_checkpoint,
	.stats = faulty_stats,
	.moment = faulty_moment,
	.close = faulty_close,
};

/* ---- blobs ---- */

static int faulty_blobs_put(struct blobs *blobs, const uint8_t digest[32], struct slice bytes)
{
	struct engine_faulty *faulty = faulty_of_blobs(blobs);
	_cleanup_(cleanup_undo) struct undo *undo = calloc(1, sizeof *undo);
	int code;

	if (!undo)
		return -ENOMEM;
	WITH_MUTEX(&faulty->lock);
	code = count_call(faulty, FAULT_PUT);
	if (code == 0)
		code = blobs_put(faulty->inner.blobs, digest, bytes);
	if (code == 0) {
		undo->is_blob = true;
		memcpy(undo->digest, digest, sizeof undo->digest);
		journal_add(faulty, take_pointer(&undo));
	}
	return code;
}

static int faulty_blobs_get(struct blobs *blobs, const uint8_t digest[32], struct buffer *ret_bytes)
{
	struct engine_faulty *faulty = faulty_of_blobs(blobs);
	int code = count_read(faulty);

	return code ? code : blobs_get(faulty->inner.blobs, digest, ret_bytes);
}

static int faulty_blobs_has(struct blobs *blobs, const uint8_t digest[32])
{
	struct engine_faulty *faulty = faulty_of_blobs(blobs);
	int code = count_read(faulty);

	return code ? code : blobs_has(faulty->inner.blobs, digest);
}

static int faulty_blobs_remove(struct blobs *blobs, const uint8_t digest[32])
{
	struct engine_faulty *faulty = faulty_of_blobs(blobs);
	_cleanup_(cleanup_undo) struct undo *undo = calloc(1, sizeof *undo);
	int code;

	if (!undo)
		return -ENOMEM;
	WITH_MUTEX(&faulty->lock);
	code = count_call(faulty, FAULT_REMOVE);
	if (code)
		return code;
	code = blobs_get(faulty->inner.blobs, digest, &undo->bytes);
	if (code)
		return code == -ENOENT ? 0 : code;
	code = blobs_remove(faulty->inner.blobs, digest);
	if (code == 0) {
		undo->is_blob = true;
		undo->was_there = true;
		memcpy(undo->digest, digest, sizeof undo->digest);
		journal_add(faulty, take_pointer(&undo));
	}
	return code;
}

/* A look that changes nothing: not counted. */
static int faulty_blobs_room(struct blobs *blobs, uint64_t size)
{
	struct engine_faulty *faulty = faulty_of_blobs(blobs);

	WITH_MUTEX(&faulty->lock);
	return size <= faulty->room ? blobs_room(faulty->inner.blobs, size) : -ENOSPC;
}

void engine_faulty_room(struct engine_faulty *faulty, uint64_t bytes)
{
	WITH_MUTEX(&faulty->lock);
	faulty->room = bytes;
}

static int faulty_blobs_each(struct blobs *blobs,
			     int (*each)(void *context, const uint8_t digest[32],
					 struct slice bytes),
			     void *context)
{
	struct engine_faulty *faulty = faulty_of_blobs(blobs);
	int code = count_read(faulty);

	return code ? code : blobs_each(faulty->inner.blobs, each, context);
}

static void faulty_blobs_stats(struct blobs *blobs, struct blobs_stats *ret_stats)
{
	blobs_stats(faulty_of_blobs(blobs)->inner.blobs, ret_stats);
}

static void faulty_blobs_close(struct blobs *blobs)
{
	(void)blobs;
}

static const struct blobs_ops faulty_blobs_ops = {
	.put = faulty_blobs_put,
	.get = faulty_blobs_get,
	.has = faulty_blobs_has,
	.remove = faulty_blobs_remove,
	.room = faulty_blobs_room,
	.each = faulty_blobs_each,
	.stats = faulty_blobs_stats,
	.close = faulty_blobs_close,
};

/* ---- the wrapper itself ---- */

int engine_faulty_new(const struct engine *inner, struct engine_faulty **ret_faulty)
{
	struct engine_faulty *faulty = calloc(1, sizeof *faulty);

	*ret_faulty = NULL;
	if (!faulty)
		return -ENOMEM;
	faulty->kv.ops = &faulty_kv_ops;
	faulty->blobs.ops = &faulty_blobs_ops;
	faulty->inner = *inner;
	faulty->room = UINT64_MAX;
	pthread_mutex_init(&faulty->lock, NULL);
	*ret_faulty = faulty;
	return 0;
}

struct engine engine_faulty_engine(struct engine_faulty *faulty)
{
	return (struct engine){ &faulty->kv, &faulty->blobs };
}

void engine_faulty_free(struct engine_faulty *faulty)
{
	if (!faulty)
		return;
	journal_drop(faulty, faulty->changes);
	pthread_mutex_destroy(&faulty->lock);
	free(faulty);
}

void engine_faulty_strike(struct engine_faulty *faulty, unsigned calls, uint64_t n,
			  enum fault_mode mode)
{
	WITH_MUTEX(&faulty->lock);
	faulty->counted = calls;
	faulty->mode = mode;
	faulty->strike_at = n;
	faulty->calls = 0;
	faulty->struck = false;
	faulty->dead = false;
}

bool engine_faulty_struck(struct engine_faulty *faulty)
{
	WITH_MUTEX(&faulty->lock);
	return faulty->struck;
}

uint64_t engine_faulty_calls(struct engine_faulty *faulty)
{
	WITH_MUTEX(&faulty->lock);
	return faulty->calls;
}

size_t engine_faulty_unsynced(struct engine_faulty *faulty)
{
	WITH_MUTEX(&faulty->lock);
	return faulty->unsynced;
}

static int take_back(struct engine_faulty *faulty, const struct undo *undo)
{
	int code;

	if (!undo->is_blob)
		return kv_commit(faulty->inner.kv, &undo->rows);
	if (!undo->was_there)
		return blobs_remove(faulty->inner.blobs, undo->digest);
	code = blobs_put(faulty->inner.blobs, undo->digest, buffer_slice(&undo->bytes));
	return code < 0 ? code : 0;
}

int engine_faulty_power_cut(struct engine_faulty *faulty, size_t keep)
{
	WITH_MUTEX(&faulty->lock);
	faulty->dead = true;
	while (faulty->unsynced > keep) {
		_cleanup_(cleanup_undo) struct undo *undo = journal_take(faulty, faulty->newest);
		int code = take_back(faulty, undo);

		if (code)
			return code;
	}
	return 0;
}
