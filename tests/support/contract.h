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

/* ---- short words for the tests; each fails the test when its call fails ---- */

void contract_put(struct kv *kv, const char *key, const char *value);
void contract_remove(struct kv *kv, const char *key);
void contract_remove_range(struct kv *kv, const char *begin, const char *end);
/* The key has this value; it has none. */
void contract_value(struct kv *kv, const char *key, const char *want);
void contract_absent(struct kv *kv, const char *key);

/* Returns what main() returns: how many failed. */
int contract_run(const char *group, const struct contract_test *tests, size_t count);

#endif
