/*
 * Chunks: bytes known by their SHA-256, held once, LZ4 or plain, and checked
 * whenever they are read (P8).
 *
 * Garbage: a chunk that no row refers to may be removed at any moment, except while
 * somebody is inside the gate. A writer enters the gate before chunk_put() and leaves
 * it after the commit of the row that refers to the chunk; the collector removes only
 * while nobody is inside.
 */
#ifndef STORE_CHUNK_CHUNK_H
#define STORE_CHUNK_CHUNK_H

#include "store/chunk/digest.h"
#include "store/engine/engine.h"

#define CHUNK_SIZE_MAX (1u << 20) /* bytes before compression */

struct chunks; /* thread-safe */

struct chunks_stats {
	uint64_t puts;	       /* chunk_put() calls */
	uint64_t puts_new;     /* of those, chunks that were not there */
	uint64_t bytes_in;     /* bytes given to chunk_put() */
	uint64_t bytes_stored; /* bytes stored for the new ones */
	uint64_t gets;	       /* chunk_get() calls */
	uint64_t cache_hits;   /* of those, answered from the cache */
	uint64_t removed;
	uint64_t corrupt; /* chunks that did not match their digest */
};

/* blobs is not owned and must outlive the chunks. cache_bytes bounds the cache of decoded chunks; 0: none. */
int chunks_new(struct blobs *blobs, size_t cache_bytes, struct chunks **ret_chunks);
void chunks_free(struct chunks *chunks);

/* The gate described above. Recursive entry by one thread is not allowed. */
void chunks_enter(struct chunks *chunks);
void chunks_leave(struct chunks *chunks);

/* Stores 1 to CHUNK_SIZE_MAX bytes; inside the gate. Idempotent. 0, -EINVAL or an engine failure. */
int chunk_put(struct chunks *chunks, struct slice bytes, struct digest *ret_digest);

/* Will so many bytes more be taken? 0 or -ENOSPC; see blobs_room(). */
int chunks_room(struct chunks *chunks, uint64_t size);

/*
 * The bytes of a chunk, verified. 0, -CSM_CHUNK_MISSING, -CSM_CHUNK_CORRUPT or an
 * engine failure; ret_bytes is empty unless 0.
 */
int chunk_get(struct chunks *chunks, const struct digest *digest, struct buffer *ret_bytes);

/*
 * Removes digests[i] where still_unused(context, digest) says so (1), with nobody inside
 * the gate meanwhile. Returns 0 or the first failure; ret_removed counts.
 */
int chunks_remove_unused(struct chunks *chunks, const struct digest *digests, size_t count,
			 int (*still_unused)(void *context, const struct digest *digest),
			 void *context, size_t *ret_removed);

/* Calls each with the digest of every stored chunk until it returns non-zero; returns that, 0 or a failure. */
int chunks_each(struct chunks *chunks, int (*each)(void *context, const struct digest *digest),
		void *context);

/* Verifies the stored bytes of one chunk without the cache: as chunk_get() without the bytes. */
int chunk_verify(struct chunks *chunks, const struct digest *digest);
/* The same; ret_stored gets how many bytes were read, after a failure as well. */
int chunk_verify_stored(struct chunks *chunks, const struct digest *digest, uint64_t *ret_stored);

/* Whether the chunk is stored, without reading it: 0 or -CSM_CHUNK_MISSING. */
int chunk_there(struct chunks *chunks, const struct digest *digest);

void chunks_stats(struct chunks *chunks, struct chunks_stats *ret_stats);

/* The stored form, pure functions (docs/format.md "Chunk"): encode picks LZ4 when it is smaller. */
int chunk_encode(struct slice bytes, struct buffer *ret_stored);
int chunk_decode(struct slice stored, struct buffer *ret_bytes);

#endif
