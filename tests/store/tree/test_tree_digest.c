/*
 * What the digest of a tree depends on, and what it costs (property P6).
 */
#include "tests/support/tree_fixture.h"

#include <stdio.h>
#include <string.h>

#include "store/base/cleanup.h"

#define FILES 200

static void fill(struct space *space)
{
	for (unsigned i = 0; i < FILES; i++) {
		char name[16];

		snprintf(name, sizeof(name), "n%u", i);
		fixture_file(space, INODE_BUILD, name, name);
	}
}

static uint64_t rows_for_digest(struct tree_fixture *fixture, struct space *space,
				struct digest *ret_digest)
{
	struct trees_stats before, after;

	trees_stats(fixture->trees, &before);
	*ret_digest = fixture_digest(space);
	trees_stats(fixture->trees, &after);
	return after.rows_read - before.rows_read;
}

static void digest__of_a_level_is_there_for_the_next_one_on_the_same_base(void **state)
{
	struct tree_fixture *fixture = *state;
	struct space *first, *second;
	struct digest a, b;

	fill(fixture->space);
	first = fixture_child(fixture, 20, fixture->space);
	second = fixture_child(fixture, 21, fixture->space);
	assert_in_range(rows_for_digest(fixture, first, &a), FILES, UINT32_MAX);
	assert_in_range(rows_for_digest(fixture, second, &b), 1, 20);
	assert_true(digest_equal(&a, &b));
	space_close(first);
	space_close(second);
}

static void digest__of_a_base_is_there_for_a_level_made_before_it_was_asked_for(void **state)
{
	struct tree_fixture *fixture = *state;
	struct space *child;
	struct digest a, b;

	fill(fixture->space);
	child = fixture_child(fixture, 20, fixture->space);
	rows_for_digest(fixture, fixture->space, &a);
	assert_in_range(rows_for_digest(fixture, child, &b), 1, 20);
	assert_true(digest_equal(&a, &b));
	space_close(child);
}

static void digest__of_one_level_says_nothing_of_what_another_changed(void **state)
{
	struct tree_fixture *fixture = *state;
	struct space *first, *second;
	struct digest base, a, b;

	fill(fixture->space);
	first = fixture_child(fixture, 20, fixture->space);
	second = fixture_child(fixture, 21, fixture->space);
	fixture_write(first, fixture_path(first, "n7"), 0, "changed", 7);
	a = fixture_digest(first);
	b = fixture_digest(second);
	base = fixture_digest(fixture->space);
	assert_true(digest_equal(&b, &base));
	assert_false(digest_equal(&a, &base));
	fixture_write(second, fixture_path(second, "n7"), 0, "changed", 7);
	b = fixture_digest(second);
	assert_true(digest_equal(&a, &b));
	space_close(first);
	space_close(second);
}

static void digest__of_a_parent_that_went_on_is_not_the_child_s(void **state)
{
	struct tree_fixture *fixture = *state;
	struct space *child;
	struct digest before, parent, inherited;

	fill(fixture->space);
	before = fixture_digest(fixture->space);
	child = fixture_child(fixture, 20, fixture->space);
	fixture_file(fixture->space, INODE_BUILD, "late", "late");
	parent = fixture_digest(fixture->space);
	inherited = fixture_digest(child);
	assert_true(digest_equal(&inherited, &before));
	assert_false(digest_equal(&parent, &before));
	space_close(child);
}

#define BEHAVIOUR(f) cmocka_unit_test_setup_teardown(f, tree_fixture_setup, tree_fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BEHAVIOUR(digest__of_a_level_is_there_for_the_next_one_on_the_same_base),
		BEHAVIOUR(digest__of_a_base_is_there_for_a_level_made_before_it_was_asked_for),
		BEHAVIOUR(digest__of_one_level_says_nothing_of_what_another_changed),
		BEHAVIOUR(digest__of_a_parent_that_went_on_is_not_the_child_s),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
