/*
 * The cache of decoded chunks: what it keeps, what it drops and when.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "store/base/cleanup.h"
#include "store/chunk/cache.h"

#define LIMIT 4096
#define ENTRY 1000 /* with what an entry costs besides, three fit and a fourth does not */

static int setup(void **state)
{
	*state = chunk_cache_new(LIMIT);
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	chunk_cache_free(*state);
	return 0;
}

static struct digest digest_with(unsigned number)
{
	struct digest digest = { { 0 } };

	put_be32(digest.bytes, number);
	return digest;
}

static void put(struct chunk_cache *cache, unsigned number, size_t size)
{
	struct digest digest = digest_with(number);
	_cleanup_free_ uint8_t *bytes = malloc(size);

	assert_non_null(bytes);
	memset(bytes, (int)number, size);
	chunk_cache_put(cache, &digest, slice_of(bytes, size));
}

static bool has(struct chunk_cache *cache, unsigned number)
{
	struct digest digest = digest_with(number);
	struct buffer bytes = BUFFER_INIT;
	int code = chunk_cache_get(cache, &digest, &bytes);

	if (code == 0)
		for (size_t i = 0; i < bytes.size; i++)
			assert_int_equal(bytes.data[i], (uint8_t)number);
	buffer_release(&bytes);
	return code == 0;
}

static void cache__gives_back_what_was_put(void **state)
{
	put(*state, 1, ENTRY);
	assert_true(has(*state, 1));
	assert_false(has(*state, 2));
}

static void cache__drops_the_least_recently_used(void **state)
{
	put(*state, 1, ENTRY);
	put(*state, 2, ENTRY);
	put(*state, 3, ENTRY);
	assert_true(has(*state, 1));
	put(*state, 4, ENTRY);
	assert_false(has(*state, 2));
	assert_true(has(*state, 1));
	assert_true(has(*state, 3));
	assert_true(has(*state, 4));
}

static void cache__never_holds_more_than_its_limit(void **state)
{
	for (unsigned i = 0; i < 500; i++) {
		put(*state, i, 1 + i * 7 % 2000);
		assert_true(chunk_cache_bytes(*state) <= LIMIT);
	}
	assert_true(chunk_cache_bytes(*state) > 0);
}

static void cache__does_not_take_what_is_larger_than_itself(void **state)
{
	put(*state, 1, ENTRY);
	put(*state, 2, LIMIT);
	assert_false(has(*state, 2));
	assert_true(has(*state, 1));
}

static void cache__counts_an_entry_put_twice_once(void **state)
{
	size_t once;

	put(*state, 1, ENTRY);
	once = chunk_cache_bytes(*state);
	put(*state, 1, ENTRY);
	assert_int_equal(chunk_cache_bytes(*state), once);
}

static void cache__forgets_what_is_removed(void **state)
{
	struct digest digest = digest_with(1);

	put(*state, 1, ENTRY);
	put(*state, 2, ENTRY);
	chunk_cache_remove(*state, &digest);
	chunk_cache_remove(*state, &digest);
	assert_false(has(*state, 1));
	assert_true(has(*state, 2));
}

static void cache__is_empty_when_everything_was_removed(void **state)
{
	for (unsigned i = 0; i < 3; i++)
		put(*state, i, ENTRY);
	for (unsigned i = 0; i < 3; i++) {
		struct digest digest = digest_with(i);

		chunk_cache_remove(*state, &digest);
	}
	assert_int_equal(chunk_cache_bytes(*state), 0);
}

static void cache__tells_digests_apart_that_share_a_slot(void **state)
{
	struct digest one = { { 1 } }, two = { { 1 } };
	struct buffer bytes = BUFFER_INIT;

	two.bytes[31] = 9;
	chunk_cache_put(*state, &one, slice_text("one"));
	chunk_cache_put(*state, &two, slice_text("two"));
	assert_int_equal(chunk_cache_get(*state, &one, &bytes), 0);
	assert_memory_equal(bytes.data, "one", 3);
	chunk_cache_remove(*state, &one);
	assert_int_equal(chunk_cache_get(*state, &one, &bytes), -ENOENT);
	assert_int_equal(chunk_cache_get(*state, &two, &bytes), 0);
	assert_memory_equal(bytes.data, "two", 3);
	buffer_release(&bytes);
}

static void cache__of_no_bytes_keeps_nothing(void **state)
{
	struct chunk_cache *cache = chunk_cache_new(0);

	(void)state;
	put(cache, 1, 1);
	assert_false(has(cache, 1));
	chunk_cache_free(cache);
}

struct hammer {
	struct chunk_cache *cache;
	unsigned start, wrong;
};

/* Three threads on twenty chunks of which four fit: entries are dropped while they are copied. */
static void *use_cache(void *context)
{
	struct hammer *hammer = context;
	_cleanup_free_ uint8_t *bytes = malloc(ENTRY);
	struct buffer got = BUFFER_INIT;

	for (unsigned i = hammer->start; bytes && i < hammer->start + 5000; i++) {
		struct digest digest = digest_with(i * 7 % 20);

		memset(bytes, (int)(i * 7 % 20), ENTRY);
		chunk_cache_put(hammer->cache, &digest, slice_of(bytes, ENTRY));
		if (chunk_cache_get(hammer->cache, &digest, &got) == 0 &&
		    (got.size != ENTRY || memcmp(got.data, bytes, ENTRY) != 0))
			hammer->wrong++;
		if (i % 11 == 0)
			chunk_cache_remove(hammer->cache, &digest);
	}
	buffer_release(&got);
	return NULL;
}

static void cache__gives_right_bytes_to_several_threads(void **state)
{
	struct hammer hammers[3];
	pthread_t threads[3];

	for (unsigned i = 0; i < 3; i++) {
		hammers[i] = (struct hammer){ *state, i * 3, 0 };
		assert_int_equal(pthread_create(&threads[i], NULL, use_cache, &hammers[i]), 0);
	}
	for (unsigned i = 0; i < 3; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(hammers[i].wrong, 0);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(cache__gives_back_what_was_put),
		TEST(cache__drops_the_least_recently_used),
		TEST(cache__never_holds_more_than_its_limit),
		TEST(cache__does_not_take_what_is_larger_than_itself),
		TEST(cache__counts_an_entry_put_twice_once),
		TEST(cache__forgets_what_is_removed),
		TEST(cache__is_empty_when_everything_was_removed),
		TEST(cache__tells_digests_apart_that_share_a_slot),
		TEST(cache__of_no_bytes_keeps_nothing),
		TEST(cache__gives_right_bytes_to_several_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
