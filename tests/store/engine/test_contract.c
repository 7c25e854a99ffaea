/*
 * The promises of engine.h about rows, one test each, run on every engine.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/base/cleanup.h"
#include "tests/support/contract.h"

/* ---- short words for the tests ---- */

/* Every key from where iter stands, each followed by a blank. */
static void assert_rest(struct kv_iter *iter, const char *want)
{
	_cleanup_(cleanup_buffer) struct buffer got = BUFFER_INIT;

	for (; kv_iter_valid(iter); kv_iter_next(iter)) {
		struct slice key = kv_iter_key(iter);

		buffer_add(&got, key.data, key.size);
		buffer_u8(&got, ' ');
	}
	buffer_u8(&got, 0);
	assert_int_equal(kv_iter_error(iter), 0);
	assert_string_equal((const char *)got.data, want);
}

static void assert_keys(struct kv *kv, const char *prefix, const char *want)
{
	_cleanup_(cleanup_kv_iter) struct kv_iter *iter = NULL;

	assert_int_equal(kv_iter_new(kv, slice_text(prefix), &iter), 0);
	assert_rest(iter, want);
}

/* ---- get and commit ---- */

static void get__of_an_absent_key_is_enoent(void **state)
{
	struct contract *f = *state;

	contract_absent(f->kv, "a");
}

static void commit__makes_a_put_visible(void **state)
{
	struct contract *f = *state;

	contract_put(f->kv, "a", "one");
	contract_value(f->kv, "a", "one");
}

static void commit__replaces_a_value(void **state)
{
	struct contract *f = *state;

	contract_put(f->kv, "a", "one");
	contract_put(f->kv, "a", "two");
	contract_value(f->kv, "a", "two");
}

static void commit__deletes_a_key(void **state)
{
	struct contract *f = *state;

	contract_put(f->kv, "a", "one");
	contract_put(f->kv, "b", "two");
	contract_remove(f->kv, "a");
	contract_absent(f->kv, "a");
	contract_value(f->kv, "b", "two");
}

static void commit__deletes_an_absent_key_with_success(void **state)
{
	struct contract *f = *state;

	contract_remove(f->kv, "a");
	contract_absent(f->kv, "a");
}

static void commit__deletes_a_range_without_its_end(void **state)
{
	struct contract *f = *state;

	contract_put(f->kv, "a", "1");
	contract_put(f->kv, "b", "2");
	contract_put(f->kv, "ba", "3");
	contract_put(f->kv, "c", "4");
	contract_remove_range(f->kv, "b", "c");
	assert_keys(f->kv, "", "a c ");
}

static void commit__of_a_range_that_ends_before_it_begins_deletes_nothing(void **state)
{
	struct contract *f = *state;

	contract_put(f->kv, "a", "1");
	contract_put(f->kv, "ab", "2");
	contract_put(f->kv, "b", "3");
	contract_remove_range(f->kv, "b", "a");
	contract_remove_range(f->kv, "a", "a");
	contract_remove_range(f->kv, "ab", "a");
	assert_keys(f->kv, "", "a ab b ");
}

static void commit__lets_the_later_change_of_a_key_win(void **state)
{
	struct contract *f = *state;
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;

	contract_put(f->kv, "c", "old");
	kv_batch_put(&batch, slice_text("a"), slice_text("1"));
	kv_batch_delete(&batch, slice_text("a"));
	kv_batch_put(&batch, slice_text("b"), slice_text("1"));
	kv_batch_put(&batch, slice_text("b"), slice_text("2"));
	kv_batch_delete_range(&batch, slice_text("c"), slice_text("d"));
	kv_batch_put(&batch, slice_text("c"), slice_text("3"));
	kv_batch_put(&batch, slice_text("d"), slice_text("4"));
	kv_batch_delete_range(&batch, slice_text("d"), slice_text("e"));
	assert_int_equal(kv_commit(f->kv, &batch), 0);
	contract_absent(f->kv, "a");
	contract_value(f->kv, "b", "2");
	contract_value(f->kv, "c", "3");
	contract_absent(f->kv, "d");
}

static void commit__of_an_empty_batch_succeeds(void **state)
{
	struct contract *f = *state;
	struct kv_batch batch = KV_BATCH_INIT;

	assert_int_equal(kv_commit(f->kv, &batch), 0);
}

static void commit__keeps_bytes_of_every_value_in_keys_and_values(void **state)
{
	struct contract *f = *state;
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;
	uint8_t bytes[256];

	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)i;
	kv_batch_put(&batch, slice_of(bytes, sizeof bytes), slice_of(bytes, sizeof bytes));
	kv_batch_put(&batch, slice_of("\0", 1), slice_text("nul"));
	kv_batch_put(&batch, slice_of("\0\0", 2), slice_text("nul nul"));
	assert_int_equal(kv_commit(f->kv, &batch), 0);
	assert_int_equal(kv_get(f->kv, slice_of(bytes, sizeof bytes), &value), 0);
	assert_int_equal(value.size, sizeof bytes);
	assert_memory_equal(value.data, bytes, sizeof bytes);
	assert_int_equal(kv_get(f->kv, slice_of("\0", 1), &value), 0);
	assert_int_equal(value.size, 3);
}

static void commit__keeps_an_empty_value(void **state)
{
	struct contract *f = *state;

	contract_put(f->kv, "a", "");
	contract_value(f->kv, "a", "");
}

static void get__replaces_what_the_buffer_had(void **state)
{
	struct contract *f = *state;
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;

	buffer_text(&value, "a longer text than the value");
	contract_put(f->kv, "a", "one");
	assert_int_equal(kv_get(f->kv, slice_text("a"), &value), 0);
	assert_int_equal(value.size, 3);
	assert_int_equal(kv_get(f->kv, slice_text("b"), &value), -ENOENT);
	assert_int_equal(value.size, 0);
}

static void batch__is_empty_after_clear(void **state)
{
	struct contract *f = *state;
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;

	kv_batch_put(&batch, slice_text("a"), slice_text("1"));
	kv_batch_clear(&batch);
	kv_batch_put(&batch, slice_text("b"), slice_text("2"));
	assert_int_equal(kv_commit(f->kv, &batch), 0);
	assert_keys(f->kv, "", "b ");
}

/* ---- sizes ---- */

static void commit__takes_the_largest_key_and_value(void **state)
{
	struct contract *f = *state;
	_cleanup_free_ uint8_t *bytes = malloc(ENGINE_VALUE_MAX);
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;
	struct slice key = slice_of(bytes, ENGINE_KEY_MAX);

	assert_non_null(bytes);
	memset(bytes, 'x', ENGINE_VALUE_MAX);
	kv_batch_put(&batch, key, slice_of(bytes, ENGINE_VALUE_MAX));
	assert_int_equal(kv_commit(f->kv, &batch), 0);
	assert_int_equal(kv_get(f->kv, key, &value), 0);
	assert_int_equal(value.size, ENGINE_VALUE_MAX);
	assert_memory_equal(value.data, bytes, ENGINE_VALUE_MAX);
}

static void commit__refuses_a_change_that_is_too_large_and_the_whole_batch(void **state)
{
	struct contract *f = *state;
	_cleanup_free_ uint8_t *bytes = calloc(1, ENGINE_VALUE_MAX + 1);
	const struct {
		struct slice key, value;
	} wrong[] = {
		{ slice_of(bytes, ENGINE_KEY_MAX + 1), slice_text("v") },
		{ slice_of(bytes, 0), slice_text("v") },
		{ slice_text("k"), slice_of(bytes, ENGINE_VALUE_MAX + 1) },
	};

	assert_non_null(bytes);
	for (size_t i = 0; i < 3; i++) {
		_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;

		kv_batch_put(&batch, slice_text("good"), slice_text("1"));
		kv_batch_put(&batch, wrong[i].key, wrong[i].value);
		assert_int_equal(kv_commit(f->kv, &batch), -EINVAL);
		contract_absent(f->kv, "good");
	}
}

static void get__refuses_a_key_that_is_too_large_or_empty(void **state)
{
	struct contract *f = *state;
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;
	uint8_t key[ENGINE_KEY_MAX + 1] = { 1 };

	assert_int_equal(kv_get(f->kv, slice_of(key, sizeof key), &value), -EINVAL);
	assert_int_equal(kv_get(f->kv, slice_of(key, 0), &value), -EINVAL);
}

static void commit__reports_a_batch_that_found_no_memory(void **state)
{
	struct contract *f = *state;
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;

	kv_batch_put(&batch, slice_text("a"), slice_text("1"));
	kv_batch_put(&batch, slice_text("b"), slice_of("x", (size_t)UINT32_MAX + 1));
	kv_batch_put(&batch, slice_text("c"), slice_text("3"));
	assert_int_equal(kv_commit(f->kv, &batch), -ENOMEM);
	assert_keys(f->kv, "", "");
}

/* ---- get_many ---- */

static void get_many__answers_each_key_as_get_would(void **state)
{
	struct contract *f = *state;
	const struct slice keys[] = { slice_text("c"), slice_text("missing"), slice_text("a"),
				      slice_text("c"), slice_text("b") };
	struct buffer values[5] = { BUFFER_INIT, BUFFER_INIT, BUFFER_INIT, BUFFER_INIT,
				    BUFFER_INIT };
	int codes[5] = { 7, 7, 7, 7, 7 };

	contract_put(f->kv, "a", "1");
	contract_put(f->kv, "b", "");
	contract_put(f->kv, "c", "three");
	buffer_text(&values[1], "left over");
	assert_int_equal(kv_get_many(f->kv, keys, 5, values, codes), 0);
	assert_int_equal(codes[0], 0);
	assert_int_equal(codes[1], -ENOENT);
	assert_int_equal(codes[2], 0);
	assert_int_equal(codes[3], 0);
	assert_int_equal(codes[4], 0);
	assert_memory_equal(values[0].data, "three", 5);
	assert_int_equal(values[1].size, 0);
	assert_memory_equal(values[2].data, "1", 1);
	assert_int_equal(values[3].size, 5);
	assert_int_equal(values[4].size, 0);
	for (size_t i = 0; i < 5; i++)
		buffer_release(&values[i]);
}

#define MANY 500

static void get_many__takes_hundreds_of_keys(void **state)
{
	struct contract *f = *state;
	static char names[MANY][8];
	struct slice keys[MANY];
	struct buffer values[MANY];
	int codes[MANY];

	for (size_t i = 0; i < MANY; i++) {
		snprintf(names[i], sizeof names[i], "k%05zu", i);
		keys[i] = slice_text(names[i]);
		values[i] = (struct buffer)BUFFER_INIT;
		if (i % 3)
			contract_put(f->kv, names[i], names[i]);
	}
	assert_int_equal(kv_get_many(f->kv, keys, MANY, values, codes), 0);
	for (size_t i = 0; i < MANY; i++) {
		assert_int_equal(codes[i], i % 3 ? 0 : -ENOENT);
		if (i % 3)
			assert_memory_equal(values[i].data, names[i], 6);
		buffer_release(&values[i]);
	}
}

static void get_many__of_no_keys_succeeds(void **state)
{
	struct contract *f = *state;

	assert_int_equal(kv_get_many(f->kv, NULL, 0, NULL, NULL), 0);
}

/* ---- iterators ---- */

static void iter__shows_the_keys_of_the_prefix_in_byte_order(void **state)
{
	struct contract *f = *state;

	contract_put(f->kv, "b2", "x");
	contract_put(f->kv, "b", "x");
	contract_put(f->kv, "b10", "x");
	contract_put(f->kv, "a", "x");
	contract_put(f->kv, "c", "x");
	contract_put(f->kv, "bb\xff", "x");
	assert_keys(f->kv, "b", "b b10 b2 bb\xff ");
}

static void iter__shows_the_values(void **state)
{
	struct contract *f = *state;
	_cleanup_(cleanup_kv_iter) struct kv_iter *iter = NULL;

	contract_put(f->kv, "a1", "one");
	contract_put(f->kv, "a2", "");
	assert_int_equal(kv_iter_new(f->kv, slice_text("a"), &iter), 0);
	assert_true(kv_iter_valid(iter));
	assert_int_equal(kv_iter_value(iter).size, 3);
	assert_memory_equal(kv_iter_value(iter).data, "one", 3);
	kv_iter_next(iter);
	assert_int_equal(kv_iter_value(iter).size, 0);
}

static void iter__of_an_empty_prefix_shows_every_key(void **state)
{
	struct contract *f = *state;

	contract_put(f->kv, "\xff\xff", "x");
	contract_put(f->kv, "a", "x");
	assert_keys(f->kv, "", "a \xff\xff ");
}

static void iter__ends_where_a_prefix_of_highest_bytes_ends(void **state)
{
	struct contract *f = *state;

	contract_put(f->kv, "a\xff\xff", "x");
	contract_put(f->kv, "a\xff\xff!", "x");
	contract_put(f->kv, "b", "x");
	contract_put(f->kv, "\xff", "x");
	contract_put(f->kv, "\xff\xff", "x");
	assert_keys(f->kv, "a\xff\xff", "a\xff\xff a\xff\xff! ");
	assert_keys(f->kv, "\xff", "\xff \xff\xff ");
}

static void iter__of_a_prefix_without_keys_is_at_its_end_without_error(void **state)
{
	struct contract *f = *state;
	_cleanup_(cleanup_kv_iter) struct kv_iter *iter = NULL;

	contract_put(f->kv, "a", "x");
	contract_put(f->kv, "c", "x");
	assert_int_equal(kv_iter_new(f->kv, slice_text("b"), &iter), 0);
	assert_false(kv_iter_valid(iter));
	assert_int_equal(kv_iter_error(iter), 0);
}

static void iter__does_not_show_later_commits(void **state)
{
	struct contract *f = *state;
	_cleanup_(cleanup_kv_iter) struct kv_iter *iter = NULL;

	contract_put(f->kv, "a1", "x");
	contract_put(f->kv, "a2", "x");
	contract_put(f->kv, "a3", "x");
	assert_int_equal(kv_iter_new(f->kv, slice_text("a"), &iter), 0);
	contract_put(f->kv, "a2b", "x");
	contract_remove(f->kv, "a3");
	contract_remove_range(f->kv, "a1", "a2");
	assert_rest(iter, "a1 a2 a3 ");
	kv_iter_seek(iter, slice_text("a"));
	assert_rest(iter, "a1 a2 a3 ");
	assert_keys(f->kv, "a", "a2 a2b ");
}

static void iter__seeks_to_the_first_key_not_below(void **state)
{
	struct contract *f = *state;
	_cleanup_(cleanup_kv_iter) struct kv_iter *iter = NULL;

	contract_put(f->kv, "a1", "x");
	contract_put(f->kv, "a3", "x");
	contract_put(f->kv, "a5", "x");
	assert_int_equal(kv_iter_new(f->kv, slice_text("a"), &iter), 0);
	kv_iter_seek(iter, slice_text("a3"));
	assert_rest(iter, "a3 a5 ");
	kv_iter_seek(iter, slice_text("a31"));
	assert_rest(iter, "a5 ");
	kv_iter_seek(iter, slice_text("a1"));
	assert_rest(iter, "a1 a3 a5 ");
}

static void iter__stays_inside_the_prefix_when_it_seeks_outside(void **state)
{
	struct contract *f = *state;
	_cleanup_(cleanup_kv_iter) struct kv_iter *iter = NULL;

	contract_put(f->kv, "a", "x");
	contract_put(f->kv, "b1", "x");
	contract_put(f->kv, "c", "x");
	assert_int_equal(kv_iter_new(f->kv, slice_text("b"), &iter), 0);
	kv_iter_seek(iter, slice_text("a"));
	assert_rest(iter, "b1 ");
	kv_iter_seek(iter, slice_text("bz"));
	assert_false(kv_iter_valid(iter));
	kv_iter_seek(iter, slice_text("c"));
	assert_false(kv_iter_valid(iter));
	assert_int_equal(kv_iter_error(iter), 0);
}

static void iter__free_of_nothing_is_legal(void **state)
{
	(void)state;
	kv_iter_free(NULL);
}

/* ---- many keys, many threads ---- */

#define KEY_COUNT 100000

static void commit__is_usable_for_a_hundred_thousand_keys(void **state)
{
	struct contract *f = *state;
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;
	_cleanup_(cleanup_kv_iter) struct kv_iter *iter = NULL;
	uint8_t key[4];
	uint32_t seen = 0;

	for (uint32_t i = 0; i < KEY_COUNT; i++) {
		/* 7,919 is prime to the count: every number once, in no order. */
		put_be32(key, (uint32_t)((uint64_t)i * 7919 % KEY_COUNT));
		kv_batch_put(&batch, slice_of(key, 4), slice_of(key, 4));
		if (i % 1000 != 999)
			continue;
		assert_int_equal(kv_commit(f->kv, &batch), 0);
		kv_batch_clear(&batch);
	}
	assert_int_equal(kv_iter_new(f->kv, slice_text(""), &iter), 0);
	for (; kv_iter_valid(iter); kv_iter_next(iter))
		assert_int_equal(get_be32(kv_iter_key(iter).data), seen++);
	assert_int_equal(seen, KEY_COUNT);
}

struct race {
	struct kv *kv;
	atomic_bool stop;
	atomic_uint torn;
};

/* Both keys must always have the same value, or both be absent. */
static void *read_pairs(void *context)
{
	struct race *race = context;

	while (!atomic_load(&race->stop)) {
		_cleanup_(cleanup_kv_iter) struct kv_iter *iter = NULL;
		uint8_t values[2][4] = { { 0 }, { 0 } };
		size_t count = 0;

		if (kv_iter_new(race->kv, slice_text("pair"), &iter))
			break;
		for (; kv_iter_valid(iter) && count < 2; kv_iter_next(iter), count++)
			memcpy(values[count], kv_iter_value(iter).data, 4);
		if (count == 1 || memcmp(values[0], values[1], 4) != 0)
			atomic_fetch_add(&race->torn, 1);
	}
	return NULL;
}

static void commit_pair(struct kv *kv, uint32_t i)
{
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;
	uint8_t value[4];

	put_be32(value, i);
	kv_batch_delete_range(&batch, slice_text("pair"), slice_text("pairz"));
	if (i % 5) {
		kv_batch_put(&batch, slice_text("pair1"), slice_of(value, 4));
		kv_batch_put(&batch, slice_text("pair2"), slice_of(value, 4));
	}
	assert_int_equal(kv_commit(kv, &batch), 0);
}

static void commit__is_seen_whole_or_not_at_all_by_other_threads(void **state)
{
	struct contract *f = *state;
	struct race race = { .kv = f->kv };
	pthread_t readers[2];

	for (size_t i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&readers[i], NULL, read_pairs, &race), 0);
	for (uint32_t i = 0; i < 2000; i++)
		commit_pair(f->kv, i);
	atomic_store(&race.stop, true);
	for (size_t i = 0; i < 2; i++)
		pthread_join(readers[i], NULL);
	assert_int_equal(atomic_load(&race.torn), 0);
}

/* ---- sync and stats ---- */

static void sync__succeeds_and_is_counted(void **state)
{
	struct contract *f = *state;
	struct kv_stats before, after;

	kv_stats(f->kv, &before);
	contract_put(f->kv, "a", "1");
	assert_int_equal(kv_sync(f->kv), 0);
	kv_stats(f->kv, &after);
	assert_true(after.syncs == before.syncs + 1);
}

static void stats__show_memory_that_holds_the_rows(void **state)
{
	struct contract *f = *state;
	struct kv_stats stats;

	contract_put(f->kv, "key", "value");
	kv_stats(f->kv, &stats);
	assert_true(stats.memory_bytes >= 8);
}

int main(void)
{
	static const struct contract_test tests[] = {
		CONTRACT_TEST(get__of_an_absent_key_is_enoent),
		CONTRACT_TEST(commit__makes_a_put_visible),
		CONTRACT_TEST(commit__replaces_a_value),
		CONTRACT_TEST(commit__deletes_a_key),
		CONTRACT_TEST(commit__deletes_an_absent_key_with_success),
		CONTRACT_TEST(commit__deletes_a_range_without_its_end),
		CONTRACT_TEST(commit__of_a_range_that_ends_before_it_begins_deletes_nothing),
		CONTRACT_TEST(commit__lets_the_later_change_of_a_key_win),
		CONTRACT_TEST(commit__of_an_empty_batch_succeeds),
		CONTRACT_TEST(commit__keeps_bytes_of_every_value_in_keys_and_values),
		CONTRACT_TEST(commit__keeps_an_empty_value),
		CONTRACT_TEST(get__replaces_what_the_buffer_had),
		CONTRACT_TEST(batch__is_empty_after_clear),
		CONTRACT_TEST(commit__takes_the_largest_key_and_value),
		CONTRACT_TEST(commit__refuses_a_change_that_is_too_large_and_the_whole_batch),
		CONTRACT_TEST(get__refuses_a_key_that_is_too_large_or_empty),
		CONTRACT_TEST(commit__reports_a_batch_that_found_no_memory),
		CONTRACT_TEST(get_many__answers_each_key_as_get_would),
		CONTRACT_TEST(get_many__takes_hundreds_of_keys),
		CONTRACT_TEST(get_many__of_no_keys_succeeds),
		CONTRACT_TEST(iter__shows_the_keys_of_the_prefix_in_byte_order),
		CONTRACT_TEST(iter__shows_the_values),
		CONTRACT_TEST(iter__of_an_empty_prefix_shows_every_key),
		CONTRACT_TEST(iter__ends_where_a_prefix_of_highest_bytes_ends),
		CONTRACT_TEST(iter__of_a_prefix_without_keys_is_at_its_end_without_error),
		CONTRACT_TEST(iter__does_not_show_later_commits),
		CONTRACT_TEST(iter__seeks_to_the_first_key_not_below),
		CONTRACT_TEST(iter__stays_inside_the_prefix_when_it_seeks_outside),
		CONTRACT_TEST(iter__free_of_nothing_is_legal),
		CONTRACT_TEST(commit__is_usable_for_a_hundred_thousand_keys),
		CONTRACT_TEST(commit__is_seen_whole_or_not_at_all_by_other_threads),
		CONTRACT_TEST(sync__succeeds_and_is_counted),
		CONTRACT_TEST(stats__show_memory_that_holds_the_rows),
	};

	return contract_run("engine contract: rows", tests, sizeof tests / sizeof tests[0]);
}
