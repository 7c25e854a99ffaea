/*
 * Node ids: each means one thing, and numbers that were never given out mean nothing.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fs/node.h"

static void assert_comes_back(enum node_kind kind, uint32_t owner, uint64_t number)
{
	struct node node;

	assert_int_equal(node_parse(node_id(kind, owner, number), &node), 0);
	assert_int_equal(node.kind, kind);
	assert_int_equal(node.owner, owner);
	assert_true(node.number == number);
}

static void node_id__comes_back_whole_at_the_ends_of_its_fields(void **state)
{
	(void)state;
	assert_comes_back(NODE_FIXED, 0, FIXED_ROOT);
	assert_comes_back(NODE_FIXED, 0, FIXED_BACKUP | (FIXED_BACKUP - 1));
	assert_comes_back(NODE_TREE, 1, 1);
	assert_comes_back(NODE_TREE, NODE_OWNER_MAX, NODE_NUMBER_MAX);
	assert_comes_back(NODE_DELTA, NODE_OWNER_MAX, 1);
	assert_comes_back(NODE_WHITEOUT, 16, NODE_NUMBER_MAX);
	assert_comes_back(NODE_LEVEL, 16, LEVEL_DIRECTORY);
	assert_comes_back(NODE_SYSTEM, NODE_OWNER_MAX, SYSTEM_DIRECTORY);
}

static void node_id__of_the_root_is_what_fuse_calls_the_root(void **state)
{
	(void)state;
	assert_int_equal(node_id(NODE_FIXED, 0, FIXED_ROOT), 1);
}

static void node_id__differs_for_a_directory_in_build_and_in_delta(void **state)
{
	(void)state;
	assert_true(node_id(NODE_TREE, 16, 20) != node_id(NODE_DELTA, 16, 20));
}

static void node_id__differs_for_one_inode_in_two_levels(void **state)
{
	(void)state;
	assert_true(node_id(NODE_TREE, 16, 20) != node_id(NODE_TREE, 17, 20));
}

static void node_parse__refuses_unknown_kinds(void **state)
{
	struct node node;

	(void)state;
	assert_int_equal(node_parse((uint64_t)6 << 61 | 1, &node), -ESTALE);
	assert_int_equal(node_parse(UINT64_MAX, &node), -ESTALE);
}

static void node_parse__refuses_what_has_no_owner(void **state)
{
	struct node node;

	(void)state;
	assert_int_equal(node_parse(node_id(NODE_TREE, 0, 20), &node), -ESTALE);
	assert_int_equal(node_parse(node_id(NODE_LEVEL, 0, 0), &node), -ESTALE);
}

static void node_parse__refuses_a_fixed_thing_with_an_owner(void **state)
{
	struct node node;

	(void)state;
	assert_int_equal(node_parse(node_id(NODE_FIXED, 5, FIXED_ROOT), &node), -ESTALE);
}

static void node_link__is_another_node_after_each_change(void **state)
{
	(void)state;
	for (uint64_t change = 1; change < 1000; change++)
		assert_true(node_link(SYSTEM_LINK, change) != node_link(SYSTEM_LINK, change - 1));
}

static void node_link__keeps_links_of_one_system_apart(void **state)
{
	struct node node = { .kind = NODE_SYSTEM, .owner = 3, .number = node_link(SYSTEM_LINK + 2, 77) };

	(void)state;
	assert_int_equal(node_link_what(&node), SYSTEM_LINK + 2);
	assert_int_equal(node_link_change(&node), 77);
	assert_true(node_link(SYSTEM_LINK, 77) != node_link(SYSTEM_LINK + 1, 77));
	assert_true(node_link(SYSTEM_SPARE, 0) != SYSTEM_DIRECTORY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(node_id__comes_back_whole_at_the_ends_of_its_fields),
		cmocka_unit_test(node_id__of_the_root_is_what_fuse_calls_the_root),
		cmocka_unit_test(node_id__differs_for_a_directory_in_build_and_in_delta),
		cmocka_unit_test(node_id__differs_for_one_inode_in_two_levels),
		cmocka_unit_test(node_parse__refuses_unknown_kinds),
		cmocka_unit_test(node_parse__refuses_what_has_no_owner),
		cmocka_unit_test(node_parse__refuses_a_fixed_thing_with_an_owner),
		cmocka_unit_test(node_link__is_another_node_after_each_change),
		cmocka_unit_test(node_link__keeps_links_of_one_system_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
