/*
 * Bloom filters over a version's rows: 12 bits a row or more, four probes, about one wrong
 * "may have" in two hundred.
 *
 * In a filter is (kind, number), for who lists, and where a key has more, all of it, for who
 * looks up: a directory that every level changes has rows in every version, but one name in it
 * has them in few.
 */
#include "store/tree/filter.h"

#include <pthread.h>
#include <stdlib.h>

#include "store/base/cleanup.h"

enum {
	PROBES = 4,
	BITS_A_ROW = 12,
	ROWS_MAX = 65536,      /* a version with more is always asked */
	MEMORY_MAX = 16 << 20, /* for all filters of a store */
	BUCKETS = 1024,
};

struct filter {
	version_id version;
	struct filter *next; /* in its bucket */
	uint64_t mask;	     /* bits - 1; 0: says "may have" to everything */
	uint64_t words[];
};

struct filters {
	struct kv *kv;	      /* not owned */
	pthread_mutex_t lock; /* what follows */
	size_t memory;
	struct filter *bucket[BUCKETS];
};

static uint64_t mix(uint64_t x)
{
	x ^= x >> 33;
	x *= 0xff51afd7ed558ccdULL;
	x ^= x >> 33;
	x *= 0xc4ceb9fe1a85ec53ULL;
	return x ^ x >> 33;
}

static uint64_t hash_of(enum row_kind kind, uint64_t number)
{
	return mix(number ^ mix((uint64_t)kind << 56));
}

/* FNV-1a; what it starts from is well mixed. */
static uint64_t hash_of_row(enum row_kind kind, uint64_t number, struct slice rest)
{
	uint64_t hash = hash_of(kind, number);
	const uint8_t *bytes = rest.data;

	for (size_t i = 0; i < rest.size; i++)
		hash = (hash ^ bytes[i]) * 0x100000001b3ULL;
	return mix(hash);
}

static bool may_have(const struct filter *filter, uint64_t hash)
{
	uint64_t step = hash >> 32 | 1;

	if (filter->mask == 0)
		return true;
	for (int i = 0; i < PROBES; i++, hash += step) {
		uint64_t bit = hash & filter->mask;

		if (!(filter->words[bit / 64] >> (bit % 64) & 1))
			return false;
	}
	return true;
}

bool filter_may_have(const struct filter *filter, enum row_kind kind, uint64_t number)
{
	return may_have(filter, hash_of(kind, number));
}

bool filter_may_have_row(const struct filter *filter, enum row_kind kind, uint64_t number,
			 struct slice rest)
{
	return may_have(filter, hash_of_row(kind, number, rest));
}

static void add(struct filter *filter, uint64_t hash)
{
	uint64_t step = hash >> 32 | 1;

	for (int i = 0; i < PROBES; i++, hash += step) {
		uint64_t bit = hash & filter->mask;

		filter->words[bit / 64] |= 1ULL << (bit % 64);
	}
}

static struct filter *filter_new(version_id version, uint64_t bits)
{
	struct filter *filter = calloc(1, sizeof(*filter) + bits / 8);

	if (filter) {
		filter->version = version;
		filter->mask = bits ? bits - 1 : 0;
	}
	return filter;
}

/* How many rows the version has, ROWS_MAX + 1 for more; and fills filter when it is not NULL. */
static int scan(struct kv *kv, version_id version, struct filter *filter, size_t *ret_rows)
{
	_cleanup_(cleanup_kv_iter) struct kv_iter *iter = NULL;
	struct row_key key;
	int err;

	*ret_rows = 0;
	key_rows(&key, version);
	err = kv_iter_new(kv, key_slice(&key), &iter);
	for (; !err && kv_iter_valid(iter) && *ret_rows <= ROWS_MAX; kv_iter_next(iter)) {
		version_id of;
		enum row_kind kind;
		uint64_t number;
		struct slice rest;

		err = key_parse_row(kv_iter_key(iter), &of, &kind, &number, &rest);
		if (!err && filter)
			add(filter, hash_of(kind, number));
		if (!err && filter && rest.size)
			add(filter, hash_of_row(kind, number, rest));
		++*ret_rows;
	}
	return err ? err : kv_iter_error(iter);
}

/* NULL when there is no memory, or the version cannot be read: then it is asked itself, and says why. */
static struct filter *make(struct filters *filters, version_id version)
{
	uint64_t bits = 512;
	struct filter *filter;
	size_t rows;

	if (scan(filters->kv, version, NULL, &rows))
		return NULL;
	while (bits < rows * BITS_A_ROW)
		bits *= 2;
	if (rows > ROWS_MAX || filters->memory + bits / 8 > MEMORY_MAX)
		return filter_new(version, 0);
	filter = filter_new(version, bits);
	if (filter && scan(filters->kv, version, filter, &rows)) {
		free(filter);
		return NULL;
	}
	filters->memory += bits / 8;
	return filter;
}

static const struct filter may_have_anything;

/* Under the lock; NULL: none was made. */
static struct filter *find(const struct filters *filters, version_id version)
{
	struct filter *filter = filters->bucket[version % BUCKETS];

	while (filter && filter->version != version)
		filter = filter->next;
	return filter;
}

const struct filter *filters_known(struct filters *filters, version_id version)
{
	const struct filter *filter;

	WITH_MUTEX(&filters->lock);
	filter = find(filters, version);
	return filter ? filter : &may_have_anything;
}

const struct filter *filters_of(struct filters *filters, version_id version)
{
	struct filter **bucket = &filters->bucket[version % BUCKETS], *filter;

	WITH_MUTEX(&filters->lock);
	filter = find(filters, version);
	if (filter)
		return filter;
	filter = make(filters, version);
	if (!filter)
		return &may_have_anything;
	filter->next = *bucket;
	*bucket = filter;
	return filter;
}

struct filters *filters_new(struct kv *kv)
{
	struct filters *filters = calloc(1, sizeof(*filters));

	if (!filters)
		return NULL;
	filters->kv = kv;
	pthread_mutex_init(&filters->lock, NULL);
	return filters;
}

void filters_free(struct filters *filters)
{
	if (!filters)
		return;
	for (size_t i = 0; i < BUCKETS; i++) {
		struct filter *filter = filters->bucket[i];

		while (filter) {
			struct filter *next = filter->next;

			free(filter);
			filter = next;
		}
	}
	pthread_mutex_destroy(&filters->lock);
	free(filters);
}
