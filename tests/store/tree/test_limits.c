/*
 * Where counts end: names of xattrs, links of a file.
 */
#include "tests/support/tree_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static struct space *space_of(void **state)
{
	return ((struct tree_fixture *)*state)->space;
}

static void setxattr__no_more_names_than_can_be_listed(void **state)
{
	struct slice empty = slice_of("", 0);
	struct buffer names = BUFFER_INIT;
	struct space *space = space_of(state);
	uint64_t number = fixture_file(space, INODE_BUILD, "a", "");
	char name[NAME_LENGTH_MAX + 1];
	int err = 0, taken = 0;

	while (!err && taken < 1000) {
		snprintf(name, sizeof(name), "user.%0250d", taken);
		err = space_setxattr(space, number, name, &empty, 0, 0);
		taken += !err;
	}
	assert_int_equal(err, -ENOSPC);
	assert_int_equal(taken, XATTR_NAMES_LIMIT / (NAME_LENGTH_MAX + 1));
	assert_int_equal(space_listxattr(space, number, &names), 0);
	assert_true(names.size <= XATTR_NAMES_LIMIT);
	buffer_release(&names);
	/* what is there can be set anew, and when one went there is room for one */
	snprintf(name, sizeof(name), "user.%0250d", 1);
	assert_int_equal(space_setxattr(space, number, name, &empty, 0, 0), 0);
	assert_int_equal(space_setxattr(space, number, name, NULL, 0, 0), 0);
	assert_int_equal(space_setxattr(space, number, "user.b", &empty, 0, 0), 0);
	fixture_verify(*state);
}

static void link__no_more_than_65000_names(void **state)
{
	struct space *space = space_of(state);
	uint64_t number = fixture_file(space, INODE_BUILD, "a", "text");
	struct inode inode;
	char name[16];

	for (unsigned i = 1; i < LINKS_MAX; i++) {
		snprintf(name, sizeof(name), "n%u", i);
		assert_int_equal(space_link(space, number, INODE_BUILD, name, 0, &inode), 0);
	}
	assert_int_equal(inode.nlink, LINKS_MAX);
	assert_int_equal(space_link(space, number, INODE_BUILD, "more", 0, &inode), -EMLINK);
	assert_int_equal(space_unlink(space, INODE_BUILD, "a"), 0);
	assert_int_equal(space_link(space, number, INODE_BUILD, "more", 0, &inode), 0);
	assert_int_equal(fixture_inode(space, number).nlink, LINKS_MAX);
}

#define BEHAVIOUR(f) cmocka_unit_test_setup_teardown(f, tree_fixture_setup, tree_fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BEHAVIOUR(setxattr__no_more_names_than_can_be_listed),
		BEHAVIOUR(link__no_more_than_65000_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
