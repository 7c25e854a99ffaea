/*
 * The map under the memory engine: compared with a plain sorted array over many random
 * edits, and old maps stay what they were.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "store/base/cleanup.h"
#include "store/engine/treap.h"

#define NUMBERS 64

/* What the map should hold: value[i] of key i, 0 when absent. */
struct model {
	uint8_t value[NUMBERS];
};

static struct slice number_key(unsigned number, uint8_t ret_key[4])
{
	put_be32(ret_key, number);
	return slice_of(ret_key, 4);
}

static void assert_model(const struct treap *map, const struct model *model)
{
	const struct treap *at = treap_seek(map, slice_of(NULL, 0), false);

	for (unsigned i = 0; i < NUMBERS; i++) {
		if (!model->value[i])
			continue;
		assert_non_null(at);
		assert_int_equal(get_be32(treap_key(at).data), i);
		assert_int_equal(*(const uint8_t *)treap_value(at).data, model->value[i]);
		at = treap_seek(map, treap_key(at), true);
	}
	assert_null(at);
}

static unsigned next_number(uint64_t *seed, unsigned below)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(*seed >> 33) % below;
}

/* One random edit of both. */
static struct treap *edit(struct treap *map, struct model *model, uint64_t *seed)
{
	unsigned kind = next_number(seed, 10), a = next_number(seed, NUMBERS),
		 b = next_number(seed, NUMBERS);
	uint8_t value = (uint8_t)(1 + next_number(seed, 255)), key_a[4], key_b[4];
	struct slice begin = number_key(a, key_a), end = number_key(b, key_b);
	struct treap *next = NULL;

	if (kind < 6) {
		assert_int_equal(treap_put(map, begin, slice_of(&value, 1), &next), 0);
		model->value[a] = value;
	} else if (kind < 9) {
		assert_int_equal(treap_delete(map, begin, &next), 0);
		model->value[a] = 0;
	} else {
		assert_int_equal(treap_delete_range(map, begin, end, &next), 0);
		for (unsigned i = a; i < b; i++)
			model->value[i] = 0;
	}
	return next;
}

static void treap__holds_what_a_sorted_array_would(void **state)
{
	struct treap *map = NULL;
	struct model model = { { 0 } };
	uint64_t seed = 1;

	(void)state;
	for (int i = 0; i < 3000; i++) {
		struct treap *next = edit(map, &model, &seed);

		treap_unref(map);
		map = next;
		assert_model(map, &model);
	}
	treap_unref(map);
}

#define MOMENTS 50

static void treap__stays_as_it_was_when_it_is_edited(void **state)
{
	struct treap *maps[MOMENTS] = { NULL };
	struct model models[MOMENTS] = { { { 0 } } };
	uint64_t seed = 2;

	(void)state;
	for (int i = 1; i < MOMENTS; i++) {
		models[i] = models[i - 1];
		maps[i] = edit(maps[i - 1], &models[i], &seed);
	}
	/* Those in the middle go first: what they share must stay. */
	for (int i = 1; i < MOMENTS; i += 2)
		treap_unref(maps[i]);
	for (int i = 0; i < MOMENTS; i += 2)
		assert_model(maps[i], &models[i]);
	for (int i = 0; i < MOMENTS; i += 2)
		treap_unref(maps[i]);
}

static void treap__finds_exact_keys_only(void **state)
{
	struct treap *map = NULL;

	(void)state;
	assert_int_equal(treap_put(NULL, slice_text("abc"), slice_text("1"), &map), 0);
	assert_non_null(treap_find(map, slice_text("abc")));
	assert_null(treap_find(map, slice_text("ab")));
	assert_null(treap_find(map, slice_text("abcd")));
	assert_null(treap_find(NULL, slice_text("abc")));
	treap_unref(map);
}

static void slice_order__is_that_of_bytes_and_shorter_first(void **state)
{
	(void)state;
	assert_true(slice_order(slice_text("a"), slice_text("b")) < 0);
	assert_true(slice_order(slice_text("a"), slice_text("ab")) < 0);
	assert_true(slice_order(slice_text("\xff"), slice_text("a")) > 0);
	assert_int_equal(slice_order(slice_text("ab"), slice_text("ab")), 0);
	assert_true(slice_order(slice_of(NULL, 0), slice_text("a")) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(treap__holds_what_a_sorted_array_would),
		cmocka_unit_test(treap__stays_as_it_was_when_it_is_edited),
		cmocka_unit_test(treap__finds_exact_keys_only),
		cmocka_unit_test(slice_order__is_that_of_bytes_and_shorter_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
