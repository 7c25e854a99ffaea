/*
 * Versions: what a child inherits, and that neither side sees the other's later changes
 * (behaviours 15 to 18, property P10).
 */
#include "tests/support/tree_fixture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/base/cleanup.h"
#include "store/base/error.h"

static void child__reads_what_the_parent_held(void **state)
{
	struct tree_fixture *fixture = *state;
	_cleanup_free_ char *text = NULL;
	struct space *child;
	uint64_t a = fixture_file(fixture->space, INODE_BUILD, "a", "text");

	child = fixture_child(fixture, 17, fixture->space);
	assert_int_equal(fixture_path(child, "a"), a);
	text = fixture_read(child, a);
	assert_string_equal(text, "text");
	space_close(child);
}

static void child__a_later_change_of_the_parent_does_not_show(void **state)
{
	struct tree_fixture *fixture = *state;
	_cleanup_free_ char *text = NULL;
	struct space *child;
	uint64_t a = fixture_file(fixture->space, INODE_BUILD, "a", "old");
	uint64_t b = fixture_file(fixture->space, INODE_BUILD, "b", "b");

	child = fixture_child(fixture, 17, fixture->space);
	fixture_write(fixture->space, a, 0, "new", 3);
	fixture_file(fixture->space, INODE_BUILD, "c", "");
	assert_int_equal(space_unlink(fixture->space, INODE_BUILD, "b"), 0);
	text = fixture_read(child, a);
	assert_string_equal(text, "old");
	assert_int_equal(fixture_path(child, "b"), b);
	assert_int_equal(fixture_path(child, "c"), 0);
	space_close(child);
	fixture_verify(fixture);
}

static void child__its_changes_do_not_show_in_the_parent(void **state)
{
	struct tree_fixture *fixture = *state;
	_cleanup_free_ char *text = NULL;
	struct space *child;
	uint64_t a = fixture_file(fixture->space, INODE_BUILD, "a", "old");
	uint64_t b = fixture_file(fixture->space, INODE_BUILD, "b", "b");

	child = fixture_child(fixture, 17, fixture->space);
	fixture_write(child, a, 0, "new", 3);
	assert_int_equal(space_unlink(child, INODE_BUILD, "b"), 0);
	text = fixture_read(fixture->space, a);
	assert_string_equal(text, "old");
	assert_int_equal(fixture_path(fixture->space, "b"), b);
	space_close(child);
	fixture_verify(fixture);
}

static void child__what_an_open_file_holds_is_inherited_too(void **state)
{
	struct tree_fixture *fixture = *state;
	_cleanup_free_ char *text = NULL;
	struct space *child;
	struct file *file;
	uint64_t a = fixture_file(fixture->space, INODE_BUILD, "a", "");

	assert_int_equal(file_open(fixture->space, a, &file), 0);
	assert_int_equal(file_write(file, 0, "held", 4, false), 0);
	child = fixture_child(fixture, 17, fixture->space);
	text = fixture_read(child, a);
	assert_string_equal(text, "held");
	file_close(file);
	space_close(child);
}

static void child__a_removed_name_can_be_made_again(void **state)
{
	struct tree_fixture *fixture = *state;
	struct space *child;
	uint64_t a = fixture_file(fixture->space, INODE_BUILD, "a", "old"), again;

	child = fixture_child(fixture, 17, fixture->space);
	assert_int_equal(space_unlink(child, INODE_BUILD, "a"), 0);
	again = fixture_file(child, INODE_BUILD, "a", "new");
	assert_int_not_equal(a, again);
	assert_int_equal(fixture_path(child, "a"), again);
	assert_int_equal(fixture_path(fixture->space, "a"), a);
	space_close(child);
	fixture_verify(fixture);
}

static void child__a_directory_made_again_is_empty(void **state)
{
	struct tree_fixture *fixture = *state;
	struct space *child;
	uint64_t d = fixture_mkdir(fixture->space, INODE_BUILD, "d");

	fixture_file(fixture->space, d, "a", "");
	child = fixture_child(fixture, 17, fixture->space);
	assert_int_equal(space_remove_all(child, INODE_BUILD, "d"), 0);
	fixture_mkdir(child, INODE_BUILD, "d");
	assert_int_equal(fixture_path(child, "d/a"), 0);
	assert_int_not_equal(fixture_path(fixture->space, "d/a"), 0);
	space_close(child);
	fixture_verify(fixture);
}

static void child__a_change_of_a_linked_file_shows_under_both_names(void **state)
{
	struct tree_fixture *fixture = *state;
	struct space *child;
	struct view *view;
	uint64_t d = fixture_mkdir(fixture->space, INODE_BUILD, "d"), number;
	uint64_t a = fixture_file(fixture->space, d, "a", "old");
	bool is_explicit;
	struct inode inode;

	assert_int_equal(space_link(fixture->space, a, INODE_BUILD, "b", 0, &inode), 0);
	child = fixture_child(fixture, 17, fixture->space);
	fixture_write(child, a, 0, "new", 3);
	view = space_view(child);
	assert_int_equal(view_mark(view, 1, d, "a", &number, &is_explicit), 0);
	assert_int_equal(view_mark(view, 1, INODE_BUILD, "b", &number, &is_explicit), 0);
	assert_int_equal(view_mark(view, 1, INODE_BUILD, "d", &number, &is_explicit), 0);
	view_unref(view);
	space_close(child);
}

static void child__a_change_of_times_marks_nothing(void **state)
{
	struct attr_change times = { .set = SET_MTIME, .mtime = { 1, 2 } };
	struct tree_fixture *fixture = *state;
	struct space *child;
	struct view *view;
	struct inode inode;
	uint64_t a = fixture_file(fixture->space, INODE_BUILD, "a", "old"), number;
	bool is_explicit;

	child = fixture_child(fixture, 17, fixture->space);
	assert_int_equal(space_setattr(child, a, &times, &inode), 0);
	assert_int_equal(fixture_inode(child, a).mtime.tv_nsec, 2);
	view = space_view(child);
	assert_int_equal(view_mark(view, 1, INODE_BUILD, "a", &number, &is_explicit), -ENOENT);
	view_unref(view);
	space_close(child);
}

static void child__xattrs_are_its_own(void **state)
{
	struct tree_fixture *fixture = *state;
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;
	struct slice one = slice_text("one"), two = slice_text("two");
	struct space *child;
	uint64_t a = fixture_file(fixture->space, INODE_BUILD, "a", "");

	assert_int_equal(space_setxattr(fixture->space, a, "user.x", &one, 0, 0), 0);
	child = fixture_child(fixture, 17, fixture->space);
	assert_int_equal(space_setxattr(child, a, "user.x", &two, 0, 0), 0);
	assert_int_equal(space_setxattr(child, a, "user.y", &one, 0, 0), 0);
	assert_int_equal(space_getxattr(fixture->space, a, "user.x", &value), 0);
	assert_memory_equal(value.data, "one", 3);
	assert_int_equal(space_getxattr(fixture->space, a, "user.y", &value), -ENODATA);
	assert_int_equal(space_setxattr(child, a, "user.x", NULL, 0, 0), 0);
	assert_int_equal(space_getxattr(child, a, "user.x", &value), -ENODATA);
	space_close(child);
	fixture_verify(fixture);
}

static void seal__without_a_change_adds_no_version(void **state)
{
	struct tree_fixture *fixture = *state;
	version_id first, second;

	fixture_file(fixture->space, INODE_BUILD, "a", "");
	assert_int_equal(space_seal(fixture->space, NULL, NULL, &first), 0);
	assert_int_equal(space_seal(fixture->space, NULL, NULL, &second), 0);
	assert_int_equal(first, second);
}

static void chain__the_nearest_version_answers_at_depth_60(void **state)
{
	struct tree_fixture *fixture = *state;
	struct space *spaces[60];
	uint64_t a = fixture_file(fixture->space, INODE_BUILD, "a", "00");

	for (unsigned i = 0; i < 60; i++) {
		char text[8], name[8];

		spaces[i] = fixture_child(fixture, 17 + i, i ? spaces[i - 1] : fixture->space);
		snprintf(text, sizeof(text), "%02u", i);
		snprintf(name, sizeof(name), "n%u", i);
		if (i % 7 == 0)
			fixture_write(spaces[i], a, 0, text, 2);
		fixture_file(spaces[i], INODE_BUILD, name, text);
	}
	for (unsigned i = 0; i < 60; i++) {
		_cleanup_free_ char *text = fixture_read(spaces[i], a);
		char expected[8];

		snprintf(expected, sizeof(expected), "%02u", i / 7 * 7);
		assert_string_equal(text, expected);
		assert_int_not_equal(fixture_path(spaces[i], "n0"), 0);
	}
	for (unsigned i = 0; i < 60; i++)
		space_close(spaces[i]);
	fixture_verify(fixture);
}

static void copy_from__brings_a_deleted_directory_back(void **state)
{
	struct tree_fixture *fixture = *state;
	_cleanup_free_ char *text = NULL;
	struct digest before, after;
	struct space *child;
	struct view *base;
	uint64_t d = fixture_mkdir(fixture->space, INODE_BUILD, "d");

	fixture_file(fixture->space, fixture_mkdir(fixture->space, d, "e"), "a", "text");
	child = fixture_child(fixture, 17, fixture->space);
	before = fixture_digest(child);
	assert_int_equal(space_remove_all(child, INODE_BUILD, "d"), 0);
	base = space_view(fixture->space);
	assert_int_equal(space_copy_from(child, base, d, INODE_BUILD, "d", 0), 0);
	view_unref(base);
	text = fixture_read(child, fixture_path(child, "d/e/a"));
	assert_string_equal(text, "text");
	after = fixture_digest(child);
	assert_true(digest_equal(&before, &after));
	space_close(child);
	fixture_verify(fixture);
}

static void open__an_orphan_left_by_a_crash_is_purged(void **state)
{
	struct tree_fixture *fixture = *state;
	struct space *space = fixture_space(fixture, 99, VERSION_NONE), *again;
	uint64_t a = fixture_file(space, INODE_BUILD, "a", "text");
	struct view *view = space_view(space);
	struct file *file;
	struct inode inode;

	assert_int_equal(file_open(space, a, &file), 0);
	assert_int_equal(space_unlink(space, INODE_BUILD, "a"), 0);
	/* a second opening of the same version is what a new process does after a crash */
	assert_int_equal(space_open(fixture->trees, 99, view->ids[0], &again), 0);
	assert_int_equal(space_inode(again, a, &inode), -CSM_STALE);
	view_unref(view);
	space_close(again);
	file_close(file);
	space_close(space);
	fixture_verify(fixture);
}

#define BEHAVIOUR(f) cmocka_unit_test_setup_teardown(f, tree_fixture_setup, tree_fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BEHAVIOUR(child__reads_what_the_parent_held),
		BEHAVIOUR(child__a_later_change_of_the_parent_does_not_show),
		BEHAVIOUR(child__its_changes_do_not_show_in_the_parent),
		BEHAVIOUR(child__what_an_open_file_holds_is_inherited_too),
		BEHAVIOUR(child__a_removed_name_can_be_made_again),
		BEHAVIOUR(child__a_directory_made_again_is_empty),
		BEHAVIOUR(child__a_change_of_a_linked_file_shows_under_both_names),
		BEHAVIOUR(child__a_change_of_times_marks_nothing),
		BEHAVIOUR(child__xattrs_are_its_own),
		BEHAVIOUR(seal__without_a_change_adds_no_version),
		BEHAVIOUR(chain__the_nearest_version_answers_at_depth_60),
		BEHAVIOUR(copy_from__brings_a_deleted_directory_back),
		BEHAVIOUR(open__an_orphan_left_by_a_crash_is_purged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
