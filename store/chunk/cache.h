/*
 * Decoded chunks kept in memory, the least recently used ones dropped when their bytes
 * exceed a bound. Thread-safe.
 */
#ifndef STORE_CHUNK_CACHE_H
#define STORE_CHUNK_CACHE_H

#include "store/base/buffer.h"
#include "store/chunk/digest.h"

struct chunk_cache;

/* limit 0 keeps nothing. NULL: no memory. */
struct chunk_cache *chunk_cache_new(size_t limit);
void chunk_cache_free(struct chunk_cache *cache); /* NULL is legal */

/* Replaces the content of ret_bytes. 0, -ENOENT or -ENOMEM. */
int chunk_cache_get(struct chunk_cache *cache, const struct digest *digest,
		    struct buffer *ret_bytes);
/* Keeps a copy, if it fits. No memory is no failure: the cache then lacks it. */
void chunk_cache_put(struct chunk_cache *cache, const struct digest *digest, struct slice bytes);
void chunk_cache_remove(struct chunk_cache *cache, const struct digest *digest);
/* Bytes held now, with what each entry costs besides. */
size_t chunk_cache_bytes(struct chunk_cache *cache);

#endif
