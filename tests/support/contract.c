/*
 * The table of engines. A new engine is a row here and passes the contract's tests, or is none.
 */
#include "tests/support/contract.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/base/cleanup.h"
#include "tests/support/scratch.h"

struct engine_kind {
	const char *name;
	bool on_disk, is_wrapped;
};

static const struct engine_kind kinds[] = {
	{ "memory", false, false },
	{ "rocksdb", true, false },
	{ "faulty memory", false, true },
	{ "faulty rocksdb", true, true },
};

#define KINDS (sizeof kinds / sizeof kinds[0])

static int setup(void **state)
{
	const struct engine_kind *kind = *state;
	struct contract *contract = calloc(1, sizeof *contract);

	if (!contract)
		return -1;
	if (kind->on_disk) {
		contract->directory = scratch_new();
		assert_non_null(contract->directory);
		assert_int_equal(
			engine_rocksdb_open(contract->directory, true, &contract->inner, NULL), 0);
	} else {
		assert_int_equal(engine_memory_open(&contract->inner), 0);
	}
	contract->engine = contract->inner;
	if (kind->is_wrapped) {
		assert_int_equal(engine_faulty_new(&contract->inner, &contract->faulty), 0);
		contract->engine = engine_faulty_engine(contract->faulty);
	}
	contract->kv = contract->engine.kv;
	contract->blobs = contract->engine.blobs;
	*state = contract;
	return 0;
}

static int teardown(void **state)
{
	struct contract *contract = *state;

	if (contract->faulty)
		engine_close(&contract->engine);
	engine_faulty_free(contract->faulty);
	engine_close(&contract->inner);
	scratch_remove(contract->directory);
	free(contract);
	return 0;
}

void contract_put(struct kv *kv, const char *key, const char *value)
{
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;

	kv_batch_put(&batch, slice_text(key), slice_text(value));
	assert_int_equal(kv_commit(kv, &batch), 0);
}

void contract_remove(struct kv *kv, const char *key)
{
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;

	kv_batch_delete(&batch, slice_text(key));
	assert_int_equal(kv_commit(kv, &batch), 0);
}

void contract_remove_range(struct kv *kv, const char *begin, const char *end)
{
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;

	kv_batch_delete_range(&batch, slice_text(begin), slice_text(end));
	assert_int_equal(kv_commit(kv, &batch), 0);
}

void contract_value(struct kv *kv, const char *key, const char *want)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;

	assert_int_equal(kv_get(kv, slice_text(key), &value), 0);
	assert_int_equal(value.size, strlen(want));
	if (value.size)
		assert_memory_equal(value.data, want, value.size);
}

void contract_absent(struct kv *kv, const char *key)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;

	assert_int_equal(kv_get(kv, slice_text(key), &value), -ENOENT);
}

#define NAME_SIZE 128

int contract_run(const char *group, const struct contract_test *tests, size_t count)
{
	_cleanup_free_ struct CMUnitTest *all = calloc(KINDS * count, sizeof *all);
	_cleanup_free_ char *names = calloc(KINDS * count, NAME_SIZE);

	if (!all || !names)
		return 1;
	for (size_t i = 0; i < KINDS * count; i++) {
		const struct contract_test *test = &tests[i % count];
		char *name = names + i * NAME_SIZE;

		snprintf(name, NAME_SIZE, "%s [%s]", test->name, kinds[i / count].name);
		all[i] = (struct CMUnitTest){ name, test->test, setup, teardown,
					      (void *)(uintptr_t)&kinds[i / count] };
	}
	return _cmocka_run_group_tests(group, all, KINDS * count, NULL, NULL);
}
