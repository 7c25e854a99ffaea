/*
 * The table of engines. A new engine is a row here and passes the contract's tests, or is none.
 */
#include "tests/support/contract.h"

#include <stdio.h>
#include <stdlib.h>

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
