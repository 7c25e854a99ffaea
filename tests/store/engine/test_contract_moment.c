/*
 * The promises of engine.h about moments, one test each, run on every engine.
 */
#include "tests/support/contract.h"

#include <errno.h>

#include "store/base/cleanup.h"

/* ---- moments ---- */

static void moment__shows_what_was_and_no_later_commit(void **state)
{
	struct kv *kv = ((struct contract *)*state)->kv, *moment;
	_cleanup_(cleanup_kv_iter) struct kv_iter *iter = NULL;

	contract_put(kv, "a", "1");
	contract_put(kv, "b", "2");
	contract_put(kv, "c", "3");
	assert_int_equal(kv_moment(kv, &moment), 0);
	contract_put(kv, "a", "new");
	contract_remove(kv, "b");
	contract_remove_range(kv, "c", "d");
	contract_put(kv, "d", "4");
	contract_value(moment, "a", "1");
	contract_value(moment, "b", "2");
	contract_absent(moment, "d");
	assert_int_equal(kv_iter_new(moment, slice_of(NULL, 0), &iter), 0);
	for (const char *key = "abc"; *key; key++, kv_iter_next(iter)) {
		assert_true(kv_iter_valid(iter));
		assert_memory_equal(kv_iter_key(iter).data, key, 1);
	}
	assert_false(kv_iter_valid(iter));
	assert_int_equal(kv_iter_error(iter), 0);
	kv_iter_free(take_pointer(&iter));
	kv_close(moment);
	contract_value(kv, "a", "new");
	contract_absent(kv, "b");
}

static void moment__answers_many_keys_of_its_moment(void **state)
{
	struct kv *kv = ((struct contract *)*state)->kv;
	_cleanup_(cleanup_kv) struct kv *moment = NULL;
	const struct slice keys[] = { slice_text("a"), slice_text("b") };
	struct buffer values[2] = { BUFFER_INIT, BUFFER_INIT };
	int codes[2];

	contract_put(kv, "a", "1");
	assert_int_equal(kv_moment(kv, &moment), 0);
	contract_put(kv, "a", "2");
	contract_put(kv, "b", "2");
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
	contract_absent(kv, "a");
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
