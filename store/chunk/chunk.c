/*
 * Put and get by digest, on a blob engine.
 *
 * The gate is a read-write lock turned round: writers of chunks, who may be many, hold it
 * for reading; the collector, who must be alone, for writing. It prefers the collector,
 * or a busy store would never be cleaned. That is also why a thread may not enter
 * twice: between its two entries the collector may already wait.
 *
 * The collector's question "is it unused" and the removal happen without anybody inside,
 * so a chunk that a writer just found "already there" cannot vanish before the row that
 * refers to it is committed.
 *
 * The cache only answers reads. That a chunk is in it proves nothing about the engine: a
 * reader that took the bytes before the removal may put them into the cache after it.
 */
#include "store/chunk/chunk.h"

#include <errno.h>
#include <stdatomic.h>

#include "store/base/cleanup.h"
#include "store/base/error.h"
#include "store/base/log.h"
#include "store/chunk/cache.h"

struct counters {
	atomic_uint_fast64_t puts, puts_new, bytes_in, bytes_stored;
	atomic_uint_fast64_t gets, cache_hits, removed, corrupt;
};

struct chunks {
	struct blobs *blobs;       /* not owned */
	struct chunk_cache *cache; /* thread-safe by itself */
	pthread_rwlock_t gate;
	struct counters counters;
};

int chunks_new(struct blobs *blobs, size_t cache_bytes, struct chunks **ret_chunks)
{
	struct chunks *chunks = calloc(1, sizeof *chunks);
	pthread_rwlockattr_t attr;

	*ret_chunks = NULL;
	if (!chunks)
		return -ENOMEM;
	chunks->blobs = blobs;
	chunks->cache = chunk_cache_new(cache_bytes);
	if (!chunks->cache) {
		free(chunks);
		return -ENOMEM;
	}
	pthread_rwlockattr_init(&attr);
	pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&chunks->gate, &attr);
	pthread_rwlockattr_destroy(&attr);
	*ret_chunks = chunks;
	return 0;
}

void chunks_free(struct chunks *chunks)
{
	if (!chunks)
		return;
	chunk_cache_free(chunks->cache);
	pthread_rwlock_destroy(&chunks->gate);
	free(chunks);
}

void chunks_enter(struct chunks *chunks)
{
	pthread_rwlock_rdlock(&chunks->gate);
}

void chunks_leave(struct chunks *chunks)
{
	pthread_rwlock_unlock(&chunks->gate);
}

static void count(atomic_uint_fast64_t *counter, uint64_t more)
{
	atomic_fetch_add_explicit(counter, more, memory_order_relaxed);
}

/* ---- put ---- */

int chunk_put(struct chunks *chunks, struct slice bytes, struct digest *ret_digest)
{
	_cleanup_(cleanup_buffer) struct buffer stored = BUFFER_INIT;
	int there, code;

	if (bytes.size == 0 || bytes.size > CHUNK_SIZE_MAX)
		return -EINVAL;
	*ret_digest = digest_of(bytes);
	count(&chunks->counters.puts, 1);
	count(&chunks->counters.bytes_in, bytes.size);
	/* Asked before the encoding: most bytes of a new level are there already. */
	there = blobs_has(chunks->blobs, ret_digest->bytes);
	if (there)
		return there < 0 ? there : 0;
	code = chunk_encode(bytes, &stored);
	if (code)
		return code;
	there = blobs_put(chunks->blobs, ret_digest->bytes, buffer_slice(&stored));
	if (there)
		return there < 0 ? there : 0;
	count(&chunks->counters.puts_new, 1);
	count(&chunks->counters.bytes_stored, stored.size);
	return 0;
}

/* ---- get ---- */

static void report_corrupt(struct chunks *chunks, const struct digest *digest)
{
	char text[DIGEST_TEXT_SIZE];

	digest_text(digest, text);
	count(&chunks->counters.corrupt, 1);
	log_line(LOG_LEVEL_ERROR, "store: chunk %s does not match its digest, its readers get EIO",
		 text);
}

/* From the engine, decoded and checked; unless 0, ret_bytes is not to be believed. */
static int read_stored(struct chunks *chunks, const struct digest *digest, struct buffer *ret_bytes,
		       uint64_t *ret_stored)
{
	_cleanup_(cleanup_buffer) struct buffer stored = BUFFER_INIT;
	struct digest is;
	int code = blobs_get(chunks->blobs, digest->bytes, &stored);

	*ret_stored = stored.size;
	if (code == -ENOENT)
		return -CSM_CHUNK_MISSING;
	if (code)
		return code;
	code = chunk_decode(buffer_slice(&stored), ret_bytes);
	if (code == 0) {
		is = digest_of(buffer_slice(ret_bytes));
		code = digest_equal(&is, digest) ? 0 : -CSM_CHUNK_CORRUPT;
	}
	if (code == -CSM_CHUNK_CORRUPT)
		report_corrupt(chunks, digest);
	return code;
}

int chunks_room(struct chunks *chunks, uint64_t size)
{
	return blobs_room(chunks->blobs, size);
}

int chunk_get(struct chunks *chunks, const struct digest *digest, struct buffer *ret_bytes)
{
	int code = chunk_cache_get(chunks->cache, digest, ret_bytes);
	uint64_t stored;

	count(&chunks->counters.gets, 1);
	if (code == 0) {
		count(&chunks->counters.cache_hits, 1);
		return 0;
	}
	code = read_stored(chunks, digest, ret_bytes, &stored);
	if (code) {
		buffer_clear(ret_bytes);
		return code;
	}
	chunk_cache_put(chunks->cache, digest, buffer_slice(ret_bytes));
	return 0;
}

int chunk_verify_stored(struct chunks *chunks, const struct digest *digest, uint64_t *ret_stored)
{
	_cleanup_(cleanup_buffer) struct buffer bytes = BUFFER_INIT;

	return read_stored(chunks, digest, &bytes, ret_stored);
}

int chunk_verify(struct chunks *chunks, const struct digest *digest)
{
	uint64_t stored;

	return chunk_verify_stored(chunks, digest, &stored);
}

/* ---- garbage ---- */

static int remove_one(struct chunks *chunks, const struct digest *digest)
{
	int code = blobs_remove(chunks->blobs, digest->bytes);

	if (code)
		return code;
	chunk_cache_remove(chunks->cache, digest);
	count(&chunks->counters.removed, 1);
	return 0;
}

int chunks_remove_unused(struct chunks *chunks, const struct digest *digests, size_t digest_count,
			 int (*still_unused)(void *context, const struct digest *digest),
			 void *context, size_t *ret_removed)
{
	*ret_removed = 0;
	WITH_WRITE(&chunks->gate);
	for (size_t i = 0; i < digest_count; i++) {
		int unused = still_unused(context, &digests[i]);
		int code = unused > 0 ? remove_one(chunks, &digests[i]) : unused;

		if (code)
			return code;
		*ret_removed += unused > 0;
	}
	return 0;
}

void chunks_stats(struct chunks *chunks, struct chunks_stats *ret_stats)
{
	struct counters *counters = &chunks->counters;

	*ret_stats = (struct chunks_stats){
		.puts = atomic_load(&counters->puts),
		.puts_new = atomic_load(&counters->puts_new),
		.bytes_in = atomic_load(&counters->bytes_in),
		.bytes_stored = atomic_load(&counters->bytes_stored),
		.gets = atomic_load(&counters->gets),
		.cache_hits = atomic_load(&counters->cache_hits),
		.removed = atomic_load(&counters->removed),
		.corrupt = atomic_load(&counters->corrupt),
	};
}

int chunk_there(struct chunks *chunks, const struct digest *digest)
{
	int there = blobs_has(chunks->blobs, digest->bytes);

	if (there < 0)
		return there;
	return there ? 0 : -CSM_CHUNK_MISSING;
}

struct each_digest {
	int (*each)(void *context, const struct digest *digest);
	void *context;
};

static int give_digest(void *context, const uint8_t digest[32], struct slice bytes)
{
	struct each_digest *to = context;
	struct digest known;

	(void)bytes;
	memcpy(known.bytes, digest, sizeof(known.bytes));
	return to->each(to->context, &known);
}

int chunks_each(struct chunks *chunks, int (*each)(void *context, const struct digest *digest),
		void *context)
{
	struct each_digest to = { each, context };

	return blobs_each(chunks->blobs, give_digest, &to);
}
