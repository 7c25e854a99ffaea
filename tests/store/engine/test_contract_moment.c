/*
 * The promises of engine.h about moments, one test each, run on every engine.
 */
#include "tests/support/contract.h"

#include <errno.h>

#include "store/base/cleanup.h"

/* ---- short words for the tests ---- */

static void put(struct kv *kv, const char *key, const char *value)
{
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;

	kv_batch_put(&batch, slice_text(key), slice_text(value));
	assert_int_equal(kv_commit(kv, &batch), 0);
}

static void remove_key(struct kv *kv, const char *key)
{
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;

	kv_batch_delete(&batch, slice_text(key));
	assert_int_equal(kv_commit(kv, &batch), 0);
}

static void remove_range(struct kv *kv, const char *begin, const char *end)
{
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;

	kv_batch_delete_range(&batch, slice_text(begin), slice_text(end));
	assert_int_equal(kv_commit(kv, &batch), 0);
}

static void assert_value(struct kv *kv, const char *key, const char *want)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;

	assert_int_equal(kv_get(kv, slice_text(key), &value), 0);
	assert_int_equal(value.size, strlen(want));
	if (value.size)
		assert_memory_equal(value.data, want, value.size);
}

static void assert_absent(struct kv *kv, const char *key)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;

	assert_int_equal(kv_get(kv, slice_text(key), &value), -ENOENT);
}

/* ---- moments ---- */

static void moment__shows_what_was_and_no_later_commit(void **state)
{
	struct kv *kv = ((struct contract *)*state)->kv, *moment;
	_cleanup_(cleanup_kv_iter) struct kv_iter *iter = NULL;

	put(kv, "a", "1");
	put(kv, "b", "2");
	put(kv, "c", "3");
	assert_int_equal(kv_moment(kv, &moment), 0);
	put(kv, "a", "new");
	remove_key(kv, "b");
	remove_range(kv, "c", "d");
	put(kv, "d", "4");
	assert_value(moment, "a", "1");
	assert_value(moment, "b", "2");
	assert_absent(moment, "d");
	assert_int_equal(kv_iter_new(moment, slice_of(NULL, 0), &iter), 0);
	for (const char *key = "abc"; *key; key++, kv_iter_next(iter)) {
		assert_true(kv_iter_valid(iter));
		assert_memory_equal(kv_iter_key(iter).data, key, 1);
	}
	assert_false(kv_iter_valid(iter));
	assert_int_equal(kv_iter_error(iter), 0);
	kv_iter_free(take_pointer(&iter));
	kv_close(moment);
	assert_value(kv, "a", "new");
	assert_absent(kv, "b");
}

static void moment__answers_many_keys_of_its_moment(void **state)
{
	struct kv *kv = ((struct contract *)*state)->kv;
	_cleanup_(cleanup_kv) struct kv *moment = NULL;
	const struct slice keys[] = { slice_text("a"), slice_text("b") };
	struct buffer values[2] = { BUFFER_INIT, BUFFER_INIT };
	int codes[2];

	put(kv, "a", "1");
	assert_int_equal(kv_moment(kv, &moment), 0);
	put(kv, "a", "2");
	put(kv, "b", "2");
	assert_int_equal(kv_get_many(moment, keys, 2, values, codes), 0);
	assert_int_equal(codes[0], 0);
	assert_memory_equal(values[0].data, "1", 1);
	assert_int_equal(codes[1], -ENOENT);
	buffer_release(&values[0]);
	buffer_release(&values[1]);
}

static void moment__takes_no_commit_and_has_no_moments(void **state)
{
	struct kv *kv = ((struct contract *)*state)->kv, *again;
	_cleanup_(cleanup_kv) struct kv *moment = NULL;
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;

	assert_int_equal(kv_moment(kv, &moment), 0);
	kv_batch_put(&batch, slice_text("a"), slice_text("1"));
	assert_int_equal(kv_commit(moment, &batch), -EROFS);
	assert_int_equal(kv_moment(moment, &again), -EOPNOTSUPP);
	assert_null(again);
	assert_absent(kv, "a");
}

int main(void)
{
	static const struct contract_test tests[] = {
		CONTRACT_TEST(moment__shows_what_was_and_no_later_commit),
		CONTRACT_TEST(moment__answers_many_keys_of_its_moment),
		CONTRACT_TEST(moment__takes_no_commit_and_has_no_moments),
	};

	return contract_run("moments", tests, sizeof(tests) / sizeof(tests[0]));
}
