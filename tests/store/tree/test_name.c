/*
 * Names: create, link, unlink, rmdir, rename, on one version.
 */
#include "tests/support/tree_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/base/cleanup.h"
#include "store/base/error.h"

static struct space *space_of(void **state)
{
	return ((struct tree_fixture *)*state)->space;
}

static void create__a_file_is_found_by_its_name(void **state)
{
	struct space *space = space_of(state);
	uint64_t number = fixture_file(space, INODE_BUILD, "a", "");
	struct inode inode;

	assert_int_equal(space_lookup(space, INODE_BUILD, "a", &inode), 0);
	assert_int_equal(inode.number, number);
	assert_string_equal(inode.name, "a");
}

static void create__a_taken_name_is_refused(void **state)
{
	struct new_inode new_inode = { .mode = S_IFREG | 0600 };
	struct space *space = space_of(state);
	struct inode inode;

	fixture_file(space, INODE_BUILD, "a", "");
	assert_int_equal(space_create(space, INODE_BUILD, "a", &new_inode, 0, &inode), -EEXIST);
}

static void create__a_name_of_255_bytes_fits_and_256_do_not(void **state)
{
	struct new_inode new_inode = { .mode = S_IFREG | 0600 };
	struct space *space = space_of(state);
	struct inode inode;
	char name[257];

	memset(name, 'n', sizeof(name));
	name[256] = 0;
	assert_int_equal(space_create(space, INODE_BUILD, name, &new_inode, 0, &inode),
			 -ENAMETOOLONG);
	name[255] = 0;
	assert_int_equal(space_create(space, INODE_BUILD, name, &new_inode, 0, &inode), 0);
}

static void create__below_a_file_is_no_directory(void **state)
{
	struct new_inode new_inode = { .mode = S_IFREG | 0600 };
	struct space *space = space_of(state);
	struct inode inode;
	uint64_t file = fixture_file(space, INODE_BUILD, "a", "");

	assert_int_equal(space_create(space, file, "b", &new_inode, 0, &inode), -ENOTDIR);
}

static void create__a_setgid_directory_hands_on_its_group(void **state)
{
	struct new_inode dir_inode = { .mode = S_IFDIR | S_ISGID | 0755, .gid = 7 };
	struct new_inode below = { .mode = S_IFDIR | 0755, .gid = 1 };
	struct space *space = space_of(state);
	struct inode dir, inode;

	assert_int_equal(space_create(space, INODE_BUILD, "d", &dir_inode, 0, &dir), 0);
	assert_int_equal(space_create(space, dir.number, "e", &below, 0, &inode), 0);
	assert_int_equal(inode.gid, 7);
	assert_true(inode.mode & S_ISGID);
}

static void mkdir__counts_in_the_parents_links(void **state)
{
	struct space *space = space_of(state);
	uint64_t dir = fixture_mkdir(space, INODE_BUILD, "d");

	fixture_mkdir(space, dir, "e");
	assert_int_equal(fixture_inode(space, dir).nlink, 3);
	assert_int_equal(space_rmdir(space, dir, "e"), 0);
	assert_int_equal(fixture_inode(space, dir).nlink, 2);
}

static void link__both_names_lead_to_one_inode(void **state)
{
	struct space *space = space_of(state);
	uint64_t number = fixture_file(space, INODE_BUILD, "a", "text");
	struct inode inode;

	assert_int_equal(space_link(space, number, INODE_BUILD, "b", 0, &inode), 0);
	assert_int_equal(inode.nlink, 2);
	assert_int_equal(fixture_path(space, "b"), number);
	fixture_verify(*state);
}

static void link__a_directory_gets_no_second_name(void **state)
{
	struct space *space = space_of(state);
	uint64_t dir = fixture_mkdir(space, INODE_BUILD, "d");
	struct inode inode;

	assert_int_equal(space_link(space, dir, INODE_BUILD, "e", 0, &inode), -EPERM);
}

static void unlink__the_other_name_of_a_file_stays(void **state)
{
	struct space *space = space_of(state);
	uint64_t number = fixture_file(space, INODE_BUILD, "a", "text");
	struct inode inode;

	assert_int_equal(space_link(space, number, INODE_BUILD, "b", 0, &inode), 0);
	assert_int_equal(space_unlink(space, INODE_BUILD, "a"), 0);
	assert_int_equal(fixture_path(space, "a"), 0);
	assert_int_equal(fixture_path(space, "b"), number);
	assert_int_equal(fixture_inode(space, number).nlink, 1);
	fixture_verify(*state);
}

static void unlink__the_last_name_takes_the_inode_along(void **state)
{
	struct space *space = space_of(state);
	uint64_t number = fixture_file(space, INODE_BUILD, "a", "text");
	struct inode inode;

	assert_int_equal(space_unlink(space, INODE_BUILD, "a"), 0);
	assert_int_equal(space_inode(space, number, &inode), -CSM_STALE);
	fixture_verify(*state);
}

static void unlink__an_open_file_lives_until_its_close(void **state)
{
	struct space *space = space_of(state);
	uint64_t number = fixture_file(space, INODE_BUILD, "a", "text");
	struct file *file;
	struct inode inode;
	char bytes[4];
	size_t got;

	assert_int_equal(file_open(space, number, &file), 0);
	assert_int_equal(space_unlink(space, INODE_BUILD, "a"), 0);
	assert_int_equal(fixture_inode(space, number).nlink, 0);
	assert_int_equal(file_read(file, 0, bytes, sizeof(bytes), &got), 0);
	assert_memory_equal(bytes, "text", 4);
	file_close(file);
	assert_int_equal(space_inode(space, number, &inode), -CSM_STALE);
	fixture_verify(*state);
}

static void rmdir__a_directory_with_entries_stays(void **state)
{
	struct space *space = space_of(state);
	uint64_t dir = fixture_mkdir(space, INODE_BUILD, "d");

	fixture_file(space, dir, "a", "");
	assert_int_equal(space_rmdir(space, INODE_BUILD, "d"), -ENOTEMPTY);
	assert_int_equal(space_unlink(space, dir, "a"), 0);
	assert_int_equal(space_rmdir(space, INODE_BUILD, "d"), 0);
	fixture_verify(*state);
}

static void rename__replaces_the_file_that_is_there(void **state)
{
	struct space *space = space_of(state);
	uint64_t a = fixture_file(space, INODE_BUILD, "a", "new"),
		 b = fixture_file(space, INODE_BUILD, "b", "old");
	struct inode inode;

	assert_int_equal(space_rename(space, INODE_BUILD, "a", INODE_BUILD, "b", 0, 0), 0);
	assert_int_equal(fixture_path(space, "a"), 0);
	assert_int_equal(fixture_path(space, "b"), a);
	assert_string_equal(fixture_inode(space, a).name, "b");
	assert_int_equal(space_inode(space, b, &inode), -CSM_STALE);
	fixture_verify(*state);
}

static void rename__moves_a_directory_with_what_is_below(void **state)
{
	struct space *space = space_of(state);
	uint64_t d = fixture_mkdir(space, INODE_BUILD, "d"),
		 e = fixture_mkdir(space, INODE_BUILD, "e");
	uint64_t below = fixture_mkdir(space, d, "below");
	uint64_t file = fixture_file(space, below, "a", "");

	assert_int_equal(space_rename(space, d, "below", e, "moved", 0, 0), 0);
	assert_int_equal(fixture_path(space, "e/moved/a"), file);
	assert_int_equal(fixture_inode(space, d).nlink, 2);
	assert_int_equal(fixture_inode(space, e).nlink, 3);
	assert_int_equal(fixture_inode(space, below).parent, e);
	fixture_verify(*state);
}

static void rename__a_directory_does_not_go_below_itself(void **state)
{
	struct space *space = space_of(state);
	uint64_t d = fixture_mkdir(space, INODE_BUILD, "d");
	uint64_t e = fixture_mkdir(space, d, "e");

	assert_int_equal(space_rename(space, INODE_BUILD, "d", e, "f", 0, 0), -EINVAL);
	assert_int_equal(space_rename(space, INODE_BUILD, "d", d, "f", 0, 0), -EINVAL);
}

static void rename__noreplace_keeps_what_is_there(void **state)
{
	struct space *space = space_of(state);
	uint64_t b;

	fixture_file(space, INODE_BUILD, "a", "");
	b = fixture_file(space, INODE_BUILD, "b", "");
	assert_int_equal(space_rename(space, INODE_BUILD, "a", INODE_BUILD, "b", RENAME_NOREPLACE,
				      0),
			 -EEXIST);
	assert_int_equal(fixture_path(space, "b"), b);
}

static void rename__exchange_swaps_a_file_and_a_directory(void **state)
{
	struct space *space = space_of(state);
	uint64_t d = fixture_mkdir(space, INODE_BUILD, "d"),
		 e = fixture_mkdir(space, INODE_BUILD, "e");
	uint64_t file = fixture_file(space, d, "x", ""), dir = fixture_mkdir(space, e, "y");

	assert_int_equal(space_rename(space, d, "x", e, "y", RENAME_EXCHANGE, 0), 0);
	assert_int_equal(fixture_path(space, "d/x"), dir);
	assert_int_equal(fixture_path(space, "e/y"), file);
	assert_int_equal(fixture_inode(space, d).nlink, 3);
	assert_int_equal(fixture_inode(space, e).nlink, 2);
	assert_int_equal(fixture_inode(space, dir).parent, d);
	fixture_verify(*state);
}

static void rename__exchange_in_one_directory(void **state)
{
	struct space *space = space_of(state);
	uint64_t a = fixture_file(space, INODE_BUILD, "a", ""),
		 b = fixture_file(space, INODE_BUILD, "b", "");

	assert_int_equal(
		space_rename(space, INODE_BUILD, "a", INODE_BUILD, "b", RENAME_EXCHANGE, 0), 0);
	assert_int_equal(fixture_path(space, "a"), b);
	assert_int_equal(fixture_path(space, "b"), a);
	fixture_verify(*state);
}

static void rename__onto_another_name_of_the_file_does_nothing(void **state)
{
	struct space *space = space_of(state);
	uint64_t a = fixture_file(space, INODE_BUILD, "a", "");
	struct inode inode;

	assert_int_equal(space_link(space, a, INODE_BUILD, "b", 0, &inode), 0);
	assert_int_equal(space_rename(space, INODE_BUILD, "a", INODE_BUILD, "b", 0, 0), 0);
	assert_int_equal(fixture_path(space, "a"), a);
	assert_int_equal(fixture_path(space, "b"), a);
}

static void rename__one_name_of_several(void **state)
{
	struct space *space = space_of(state);
	uint64_t a = fixture_file(space, INODE_BUILD, "a", "");
	struct inode inode;

	assert_int_equal(space_link(space, a, INODE_BUILD, "b", 0, &inode), 0);
	assert_int_equal(space_rename(space, INODE_BUILD, "b", INODE_BUILD, "c", 0, 0), 0);
	assert_int_equal(fixture_path(space, "b"), 0);
	assert_int_equal(fixture_path(space, "c"), a);
	assert_int_equal(fixture_inode(space, a).nlink, 2);
	fixture_verify(*state);
}

static void freeze__every_edit_is_refused(void **state)
{
	struct new_inode new_inode = { .mode = S_IFREG | 0600 };
	struct space *space = space_of(state);
	struct inode inode;

	fixture_file(space, INODE_BUILD, "a", "");
	assert_int_equal(space_freeze(space, -CSM_LEVEL_LOCKED), 0);
	assert_int_equal(space_create(space, INODE_BUILD, "b", &new_inode, 0, &inode),
			 -CSM_LEVEL_LOCKED);
	assert_int_equal(space_unlink(space, INODE_BUILD, "a"), -CSM_LEVEL_LOCKED);
	assert_int_equal(space_rename(space, INODE_BUILD, "a", INODE_BUILD, "b", 0, 0),
			 -CSM_LEVEL_LOCKED);
	space_thaw(space);
	assert_int_equal(space_unlink(space, INODE_BUILD, "a"), 0);
}

static void remove_all__takes_a_whole_subtree(void **state)
{
	struct space *space = space_of(state);
	uint64_t d = fixture_mkdir(space, INODE_BUILD, "d");

	fixture_file(space, fixture_mkdir(space, d, "e"), "a", "text");
	fixture_file(space, d, "b", "text");
	assert_int_equal(space_remove_all(space, INODE_BUILD, "d"), 0);
	assert_int_equal(fixture_path(space, "d"), 0);
	assert_int_equal(fixture_inode(space, INODE_BUILD).nlink, 2);
	fixture_verify(*state);
}

#define BEHAVIOUR(f) cmocka_unit_test_setup_teardown(f, tree_fixture_setup, tree_fixture_teardown)

static void target__of_a_link_that_was_removed_is_stale_and_no_damage(void **state)
{
	struct tree_fixture *fixture = *state;
	struct new_inode link = { .mode = S_IFLNK | 0777, .target = "there" };
	_cleanup_(cleanup_buffer) struct buffer target = BUFFER_INIT;
	_cleanup_(cleanup_view) struct view *view = NULL;
	struct inode inode;

	assert_int_equal(space_create(fixture->space, INODE_BUILD, "l", &link, 0, &inode), 0);
	assert_int_equal(space_unlink(fixture->space, INODE_BUILD, "l"), 0);
	view = space_view(fixture->space);
	assert_int_equal(view_target(view, inode.number, &target), -CSM_STALE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BEHAVIOUR(target__of_a_link_that_was_removed_is_stale_and_no_damage),
		BEHAVIOUR(create__a_file_is_found_by_its_name),
		BEHAVIOUR(create__a_taken_name_is_refused),
		BEHAVIOUR(create__a_name_of_255_bytes_fits_and_256_do_not),
		BEHAVIOUR(create__below_a_file_is_no_directory),
		BEHAVIOUR(create__a_setgid_directory_hands_on_its_group),
		BEHAVIOUR(mkdir__counts_in_the_parents_links),
		BEHAVIOUR(link__both_names_lead_to_one_inode),
		BEHAVIOUR(link__a_directory_gets_no_second_name),
		BEHAVIOUR(unlink__the_other_name_of_a_file_stays),
		BEHAVIOUR(unlink__the_last_name_takes_the_inode_along),
		BEHAVIOUR(unlink__an_open_file_lives_until_its_close),
		BEHAVIOUR(rmdir__a_directory_with_entries_stays),
		BEHAVIOUR(rename__replaces_the_file_that_is_there),
		BEHAVIOUR(rename__moves_a_directory_with_what_is_below),
		BEHAVIOUR(rename__a_directory_does_not_go_below_itself),
		BEHAVIOUR(rename__noreplace_keeps_what_is_there),
		BEHAVIOUR(rename__exchange_swaps_a_file_and_a_directory),
		BEHAVIOUR(rename__exchange_in_one_directory),
		BEHAVIOUR(rename__onto_another_name_of_the_file_does_nothing),
		BEHAVIOUR(rename__one_name_of_several),
		BEHAVIOUR(freeze__every_edit_is_refused),
		BEHAVIOUR(remove_all__takes_a_whole_subtree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
