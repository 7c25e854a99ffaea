/*
 * The engine that fails on purpose. Tests of crashes rest on it, so it is tested like
 * an engine: on memory and on RocksDB, because the undo of a power cut must fit both.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/base/cleanup.h"
#include "tests/support/engine_faulty.h"
#include "tests/support/scratch.h"

struct fixture {
	struct engine inner, engine;
	struct engine_faulty *faulty;
	char *directory;
};

static int setup_engine(void **state, bool on_disk)
{
	struct fixture *f = calloc(1, sizeof *f);

	if (!f)
		return -1;
	if (on_disk) {
		f->directory = scratch_new();
		assert_non_null(f->directory);
		assert_int_equal(engine_rocksdb_open(f->directory, true, &f->inner, NULL), 0);
	} else {
		assert_int_equal(engine_memory_open(&f->inner), 0);
	}
	assert_int_equal(engine_faulty_new(&f->inner, &f->faulty), 0);
	f->engine = engine_faulty_engine(f->faulty);
	*state = f;
	return 0;
}

static int setup_memory(void **state)
{
	return setup_engine(state, false);
}

static int setup_rocksdb(void **state)
{
	return setup_engine(state, true);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	engine_faulty_free(f->faulty);
	engine_close(&f->inner);
	scratch_remove(f->directory);
	free(f);
	return 0;
}

static int put(struct kv *kv, const char *key, const char *value)
{
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;

	kv_batch_put(&batch, slice_text(key), slice_text(value));
	return kv_commit(kv, &batch);
}

/* "key=value " for every row. */
static void assert_rows(struct kv *kv, const char *want)
{
	_cleanup_(cleanup_kv_iter) struct kv_iter *iter = NULL;
	_cleanup_(cleanup_buffer) struct buffer got = BUFFER_INIT;

	assert_int_equal(kv_iter_new(kv, slice_of(NULL, 0), &iter), 0);
	for (; kv_iter_valid(iter); kv_iter_next(iter)) {
		struct slice key = kv_iter_key(iter), value = kv_iter_value(iter);

		buffer_add(&got, key.data, key.size);
		buffer_u8(&got, '=');
		buffer_add(&got, value.data, value.size);
		buffer_u8(&got, ' ');
	}
	buffer_u8(&got, 0);
	assert_string_equal((const char *)got.data, want);
}

static void faulty__fails_the_nth_call_once_and_changes_nothing(void **state)
{
	struct fixture *f = *state;

	engine_faulty_strike(f->faulty, FAULT_COMMIT, 2, FAULT_ONCE);
	assert_int_equal(put(f->engine.kv, "a", "1"), 0);
	assert_false(engine_faulty_struck(f->faulty));
	assert_int_equal(put(f->engine.kv, "b", "2"), -EIO);
	assert_true(engine_faulty_struck(f->faulty));
	assert_int_equal(put(f->engine.kv, "c", "3"), 0);
	assert_rows(f->inner.kv, "a=1 c=3 ");
}

static void faulty__counts_the_chosen_calls_only(void **state)
{
	struct fixture *f = *state;
	const uint8_t digest[32] = { 1 };

	engine_faulty_strike(f->faulty, FAULT_SYNC | FAULT_PUT, 3, FAULT_ONCE);
	assert_int_equal(put(f->engine.kv, "a", "1"), 0);
	assert_int_equal(kv_sync(f->engine.kv), 0);
	assert_int_equal(blobs_put(f->engine.blobs, digest, slice_text("x")), 0);
	assert_int_equal(blobs_remove(f->engine.blobs, digest), 0);
	assert_int_equal(engine_faulty_calls(f->faulty), 2);
	assert_int_equal(kv_sync(f->engine.kv), -EIO);
}

static void faulty__is_dead_from_the_nth_call_on(void **state)
{
	struct fixture *f = *state;
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;
	struct kv_iter *iter;
	const uint8_t digest[32] = { 1 };

	assert_int_equal(put(f->engine.kv, "a", "1"), 0);
	engine_faulty_strike(f->faulty, FAULT_COMMIT, 1, FAULT_DEAD);
	assert_int_equal(put(f->engine.kv, "b", "2"), -EIO);
	assert_int_equal(put(f->engine.kv, "c", "3"), -EIO);
	assert_int_equal(kv_sync(f->engine.kv), -EIO);
	assert_int_equal(kv_get(f->engine.kv, slice_text("a"), &value), -EIO);
	assert_int_equal(kv_iter_new(f->engine.kv, slice_text("a"), &iter), -EIO);
	assert_int_equal(blobs_put(f->engine.blobs, digest, slice_text("x")), -EIO);
	assert_int_equal(blobs_has(f->engine.blobs, digest), -EIO);
	assert_int_equal(blobs_remove(f->engine.blobs, digest), -EIO);
	assert_rows(f->inner.kv, "a=1 ");
}

static void power_cut__takes_back_what_no_sync_covered(void **state)
{
	struct fixture *f = *state;
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;

	assert_int_equal(put(f->engine.kv, "a", "old"), 0);
	assert_int_equal(put(f->engine.kv, "b", "old"), 0);
	assert_int_equal(put(f->engine.kv, "c", "old"), 0);
	assert_int_equal(kv_sync(f->engine.kv), 0);
	assert_int_equal(put(f->engine.kv, "a", "new"), 0);
	kv_batch_put(&batch, slice_text("d"), slice_text("new"));
	kv_batch_delete(&batch, slice_text("a"));
	kv_batch_delete_range(&batch, slice_text("b"), slice_text("cz"));
	kv_batch_put(&batch, slice_text("c"), slice_text("new"));
	assert_int_equal(kv_commit(f->engine.kv, &batch), 0);
	assert_rows(f->inner.kv, "c=new d=new ");
	assert_int_equal(engine_faulty_unsynced(f->faulty), 2);
	assert_int_equal(engine_faulty_power_cut(f->faulty, 0), 0);
	assert_rows(f->inner.kv, "a=old b=old c=old ");
}

static void power_cut__takes_blobs_back_in_both_directions(void **state)
{
	struct fixture *f = *state;
	_cleanup_(cleanup_buffer) struct buffer bytes = BUFFER_INIT;
	const uint8_t old[32] = { 1 }, new[32] = { 2 };

	assert_int_equal(blobs_put(f->engine.blobs, old, slice_text("old")), 0);
	assert_int_equal(kv_sync(f->engine.kv), 0);
	assert_int_equal(blobs_remove(f->engine.blobs, old), 0);
	assert_int_equal(blobs_put(f->engine.blobs, new, slice_text("new")), 0);
	assert_int_equal(engine_faulty_power_cut(f->faulty, 0), 0);
	assert_int_equal(blobs_get(f->inner.blobs, old, &bytes), 0);
	assert_memory_equal(bytes.data, "old", 3);
	assert_int_equal(blobs_has(f->inner.blobs, new), 0);
}

static void power_cut__can_keep_the_oldest_unsynced_changes(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(put(f->engine.kv, "a", "1"), 0);
	assert_int_equal(put(f->engine.kv, "b", "2"), 0);
	assert_int_equal(put(f->engine.kv, "c", "3"), 0);
	assert_int_equal(engine_faulty_power_cut(f->faulty, 2), 0);
	assert_rows(f->inner.kv, "a=1 b=2 ");
}

static void power_cut__keeps_everything_when_all_was_synced(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(put(f->engine.kv, "a", "1"), 0);
	assert_int_equal(kv_sync(f->engine.kv), 0);
	assert_int_equal(engine_faulty_unsynced(f->faulty), 0);
	assert_int_equal(engine_faulty_power_cut(f->faulty, 0), 0);
	assert_rows(f->inner.kv, "a=1 ");
}

static void power_cut__leaves_a_dead_engine(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(engine_faulty_power_cut(f->faulty, 0), 0);
	assert_int_equal(put(f->engine.kv, "a", "1"), -EIO);
	engine_faulty_strike(f->faulty, 0, 0, FAULT_NONE);
	assert_int_equal(put(f->engine.kv, "a", "1"), 0);
}

static void faulty__does_not_count_a_failed_sync_as_one(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(put(f->engine.kv, "a", "1"), 0);
	engine_faulty_strike(f->faulty, FAULT_SYNC, 1, FAULT_ONCE);
	assert_int_equal(kv_sync(f->engine.kv), -EIO);
	assert_int_equal(engine_faulty_power_cut(f->faulty, 0), 0);
	assert_rows(f->inner.kv, "");
}

/* clang-format off */
#define TEST(f)                                              \
	{ #f " [memory]", f, setup_memory, teardown, NULL }, \
	{ #f " [rocksdb]", f, setup_rocksdb, teardown, NULL }
/* clang-format on */

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(faulty__fails_the_nth_call_once_and_changes_nothing),
		TEST(faulty__counts_the_chosen_calls_only),
		TEST(faulty__is_dead_from_the_nth_call_on),
		TEST(power_cut__takes_back_what_no_sync_covered),
		TEST(power_cut__takes_blobs_back_in_both_directions),
		TEST(power_cut__can_keep_the_oldest_unsynced_changes),
		TEST(power_cut__keeps_everything_when_all_was_synced),
		TEST(power_cut__leaves_a_dead_engine),
		TEST(faulty__does_not_count_a_failed_sync_as_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
