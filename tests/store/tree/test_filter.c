/*
 * Filters of versions, and what a look-up costs with them (property P2).
 */
#include "tests/support/tree_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/base/cleanup.h"
#include "store/tree/filter.h"

static version_id sealed(struct space *space)
{
	version_id base;

	assert_int_equal(space_seal(space, NULL, NULL, &base), 0);
	return base;
}

static void filter__knows_every_row_of_its_version(void **state)
{
	struct tree_fixture *fixture = *state;
	struct filters *filters = filters_new(fixture->engine.kv);
	const struct filter *filter;
	uint64_t numbers[1000];
	version_id version;

	for (size_t i = 0; i < 1000; i++) {
		char name[16];

		snprintf(name, sizeof(name), "n%zu", i);
		numbers[i] = fixture_file(fixture->space, INODE_BUILD, name, "");
	}
	version = sealed(fixture->space);
	filter = filters_of(filters, version);
	assert_true(filter_may_have(filter, ROW_DIRENT, INODE_BUILD));
	for (size_t i = 0; i < 1000; i++)
		assert_true(filter_may_have(filter, ROW_INODE, numbers[i]));
	filters_free(filters);
}

static void filter__is_rarely_wrong_about_others(void **state)
{
	struct tree_fixture *fixture = *state;
	struct filters *filters = filters_new(fixture->engine.kv);
	const struct filter *filter;
	size_t wrong = 0;

	for (size_t i = 0; i < 1000; i++) {
		char name[16];

		snprintf(name, sizeof(name), "n%zu", i);
		fixture_file(fixture->space, INODE_BUILD, name, "");
	}
	filter = filters_of(filters, sealed(fixture->space));
	for (uint64_t number = 1000000; number < 1010000; number++)
		wrong += filter_may_have(filter, ROW_INODE, number);
	assert_in_range(wrong, 0, 300);
	filters_free(filters);
}

static void filter__is_made_once(void **state)
{
	struct tree_fixture *fixture = *state;
	struct filters *filters = filters_new(fixture->engine.kv);
	version_id version;

	fixture_file(fixture->space, INODE_BUILD, "a", "");
	version = sealed(fixture->space);
	assert_ptr_equal(filters_of(filters, version), filters_of(filters, version));
	filters_free(filters);
}

static void filter__tells_one_name_of_a_directory_from_others(void **state)
{
	struct tree_fixture *fixture = *state;
	struct filters *filters = filters_new(fixture->engine.kv);
	const struct filter *filter;
	size_t wrong = 0;

	fixture_file(fixture->space, INODE_BUILD, "there", "");
	filter = filters_of(filters, sealed(fixture->space));
	assert_true(filter_may_have_row(filter, ROW_DIRENT, INODE_BUILD, slice_text("there")));
	for (unsigned i = 0; i < 1000; i++) {
		char name[16];

		snprintf(name, sizeof(name), "n%u", i);
		wrong += filter_may_have_row(filter, ROW_DIRENT, INODE_BUILD, slice_text(name));
	}
	assert_in_range(wrong, 0, 30);
	filters_free(filters);
}

enum shape { CHAIN, SIBLINGS, CHAIN_IN_ONE_DIRECTORY };

/* Rows asked for by one look-up of a file of the first version, in the depth-th child. */
static uint64_t look_up_cost(struct tree_fixture *fixture, unsigned depth, enum shape shape)
{
	bool siblings = shape == SIBLINGS;
	struct space *space = fixture_space(fixture, 1000 + depth, VERSION_NONE);
	uint64_t d = fixture_mkdir(space, INODE_BUILD, "d");
	uint64_t a = fixture_file(space, d, "a", "a");
	struct space *child[100] = { NULL };
	struct trees_stats before, after;
	struct inode inode;

	for (unsigned i = 0; i < depth; i++) {
		char name[16];

		snprintf(name, sizeof(name), "n%u", i);
		child[i] = fixture_child(fixture, 2000 + depth * 100 + i,
					 siblings || i == 0 ? space : child[i - 1]);
		if (siblings)
			fixture_write(child[i], a, 0, name, strlen(name));
		fixture_file(child[i], shape == CHAIN_IN_ONE_DIRECTORY ? d : INODE_BUILD, name, name);
	}
	assert_int_equal(space_lookup(child[depth - 1], d, "a", &inode), 0);
	trees_stats(fixture->trees, &before);
	assert_int_equal(space_lookup(child[depth - 1], d, "a", &inode), 0);
	trees_stats(fixture->trees, &after);
	for (unsigned i = 0; i < depth; i++)
		space_close(child[i]);
	space_close(space);
	return after.rows_read - before.rows_read;
}

static void look_up__costs_the_same_at_depth_1_and_50(void **state)
{
	struct tree_fixture *fixture = *state;
	uint64_t shallow = look_up_cost(fixture, 1, CHAIN), deep = look_up_cost(fixture, 50, CHAIN);

	/* two rows more at most, for a filter that is wrong once in two hundred */
	assert_in_range(deep, 1, shallow + 2);
}

static void look_up__costs_the_same_where_every_level_changed_the_directory(void **state)
{
	struct tree_fixture *fixture = *state;
	uint64_t shallow = look_up_cost(fixture, 1, CHAIN_IN_ONE_DIRECTORY);
	uint64_t deep = look_up_cost(fixture, 50, CHAIN_IN_ONE_DIRECTORY);

	assert_in_range(deep, 1, shallow + 2);
}

static void look_up__costs_the_same_with_100_siblings(void **state)
{
	struct tree_fixture *fixture = *state;
	uint64_t alone = look_up_cost(fixture, 1, SIBLINGS), many = look_up_cost(fixture, 99, SIBLINGS);

	assert_in_range(many, 1, alone + 2);
}

#define BEHAVIOUR(f) cmocka_unit_test_setup_teardown(f, tree_fixture_setup, tree_fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BEHAVIOUR(filter__knows_every_row_of_its_version),
		BEHAVIOUR(filter__is_rarely_wrong_about_others),
		BEHAVIOUR(filter__is_made_once),
		BEHAVIOUR(filter__tells_one_name_of_a_directory_from_others),
		BEHAVIOUR(look_up__costs_the_same_at_depth_1_and_50),
		BEHAVIOUR(look_up__costs_the_same_where_every_level_changed_the_directory),
		BEHAVIOUR(look_up__costs_the_same_with_100_siblings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
