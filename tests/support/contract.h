/*
 * Runs one list of tests on every engine: memory, RocksDB, and both inside the faulty
 * wrapper with no fault set.
 */
#ifndef TESTS_SUPPORT_CONTRACT_H
#define TESTS_SUPPORT_CONTRACT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/engine/engine.h"
#include "tests/support/engine_faulty.h"

/* What a test finds in *state: a new, empty engine. */
struct contract {
	struct kv *kv;
	struct blobs *blobs;
	struct engine engine; /* the one to test */
	struct engine inner;  /* what is opened and closed */
	struct engine_faulty *faulty;
	char *directory;
};

struct contract_test {
	const char *name;
	CMUnitTestFunction test;
};

/* clang-format off */
#define CONTRACT_TEST(f) { #f, f }
/* clang-format on */

/* Returns what main() returns: how many failed. */
int contract_run(const char *group, const struct contract_test *tests, size_t count);

#endif
