/*
 * A hash table for finding and a list in order of use for dropping.
 *
 * The lock is held to find, link and unlink only. The bytes of an entry never change and
 * are counted, so they are copied out after the lock is given up, and an entry that is
 * dropped meanwhile lives until the copy is done. A digest is random already: its first
 * bytes are the hash.
 */
#include "store/chunk/cache.h"

#include <errno.h>
#include <stdatomic.h>

#include "store/base/cleanup.h"

#define BYTES_PER_SLOT 4096 /* a file's chunk is rarely smaller */
#define SLOTS_MIN 64

struct entry {
	atomic_uint refs;
	struct digest digest;
	size_t size;
	struct entry *chain;         /* next in the slot */
	struct entry *newer, *older; /* in order of use */
	uint8_t bytes[];
};

struct chunk_cache {
	size_t limit;      /* immutable */
	size_t slot_count; /* immutable; a power of two */
	pthread_mutex_t lock;
	size_t held;                   /* lock */
	struct entry *newest, *oldest; /* lock */
	struct entry **slots;          /* lock */
};

static void entry_unref(struct entry *entry)
{
	if (atomic_fetch_sub(&entry->refs, 1) == 1)
		free(entry);
}

static void cleanup_entry(struct entry **entry)
{
	if (*entry)
		entry_unref(*entry);
}

static size_t entry_cost(const struct entry *entry)
{
	return sizeof *entry + entry->size;
}

struct chunk_cache *chunk_cache_new(size_t limit)
{
	struct chunk_cache *cache = calloc(1, sizeof *cache);

	if (!cache)
		return NULL;
	cache->limit = limit;
	cache->slot_count = SLOTS_MIN;
	while (cache->slot_count < limit / BYTES_PER_SLOT)
		cache->slot_count *= 2;
	cache->slots = calloc(cache->slot_count, sizeof *cache->slots);
	if (!cache->slots) {
		free(cache);
		return NULL;
	}
	pthread_mutex_init(&cache->lock, NULL);
	return cache;
}

/* ---- under the lock ---- */

static struct entry **slot_of(struct chunk_cache *cache, const struct digest *digest)
{
	return &cache->slots[get_le64(digest->bytes) & (cache->slot_count - 1)];
}

/* The pointer that points to the entry, or to NULL at the end of its slot. */
static struct entry **place_of(struct chunk_cache *cache, const struct digest *digest)
{
	struct entry **place = slot_of(cache, digest);

	while (*place && !digest_equal(&(*place)->digest, digest))
		place = &(*place)->chain;
	return place;
}

static void list_remove(struct chunk_cache *cache, struct entry *entry)
{
	if (entry->newer)
		entry->newer->older = entry->older;
	else
		cache->newest = entry->older;
	if (entry->older)
		entry->older->newer = entry->newer;
	else
		cache->oldest = entry->newer;
}

static void list_add(struct chunk_cache *cache, struct entry *entry)
{
	entry->newer = NULL;
	entry->older = cache->newest;
	if (cache->newest)
		cache->newest->newer = entry;
	else
		cache->oldest = entry;
	cache->newest = entry;
}

static void drop(struct chunk_cache *cache, struct entry *entry)
{
	*place_of(cache, &entry->digest) = entry->chain;
	list_remove(cache, entry);
	cache->held -= entry_cost(entry);
	entry_unref(entry);
}

/* ---- the cache ---- */

void chunk_cache_free(struct chunk_cache *cache)
{
	if (!cache)
		return;
	while (cache->oldest)
		drop(cache, cache->oldest);
	pthread_mutex_destroy(&cache->lock);
	free(cache->slots);
	free(cache);
}

static struct entry *hold(struct chunk_cache *cache, const struct digest *digest)
{
	struct entry *entry;

	WITH_MUTEX(&cache->lock);
	entry = *place_of(cache, digest);
	if (!entry)
		return NULL;
	list_remove(cache, entry);
	list_add(cache, entry);
	atomic_fetch_add(&entry->refs, 1);
	return entry;
}

int chunk_cache_get(struct chunk_cache *cache, const struct digest *digest,
		    struct buffer *ret_bytes)
{
	_cleanup_(cleanup_entry) struct entry *entry = cache->limit ? hold(cache, digest) : NULL;

	if (!entry)
		return -ENOENT;
	return buffer_set(ret_bytes, entry->bytes, entry->size);
}

static struct entry *entry_new(const struct digest *digest, struct slice bytes)
{
	struct entry *entry = malloc(sizeof *entry + bytes.size);

	if (!entry)
		return NULL;
	atomic_init(&entry->refs, 1);
	entry->digest = *digest;
	entry->size = bytes.size;
	memcpy(entry->bytes, bytes.data, bytes.size);
	return entry;
}

void chunk_cache_put(struct chunk_cache *cache, const struct digest *digest, struct slice bytes)
{
	struct entry *entry, **place;

	if (sizeof *entry + bytes.size > cache->limit)
		return;
	entry = entry_new(digest, bytes);
	if (!entry)
		return;
	WITH_MUTEX(&cache->lock);
	if (*place_of(cache, digest)) {
		entry_unref(entry);
		return;
	}
	while (cache->held + entry_cost(entry) > cache->limit)
		drop(cache, cache->oldest);
	place = slot_of(cache, digest);
	entry->chain = *place;
	*place = entry;
	list_add(cache, entry);
	cache->held += entry_cost(entry);
}

void chunk_cache_remove(struct chunk_cache *cache, const struct digest *digest)
{
	struct entry *entry;

	WITH_MUTEX(&cache->lock);
	entry = *place_of(cache, digest);
	if (entry)
		drop(cache, entry);
}

size_t chunk_cache_bytes(struct chunk_cache *cache)
{
	WITH_MUTEX(&cache->lock);
	return cache->held;
}
