/*
 * Differences and digests of views (properties P5 and P6).
 */
#include "tests/support/tree_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/base/cleanup.h"

static int append(void *context, const struct diff_entry *entry)
{
	buffer_printf(context, "%c%s ", "?ADCT"[entry->kind], entry -> path);
	return 0;
}

/* "Apath Dpath ..." */
static char *diff_text(struct space *a, struct space *b)
{
	_cleanup_(cleanup_view) struct view *view_a = space_view(a), *view_b = space_view(b);
	struct buffer text = BUFFER_INIT;

	assert_int_equal(view_diff(view_a, view_b, INODE_BUILD, append, &text), 0);
	return buffer_detach_text(&text);
}

struct pair {
	struct tree_fixture *fixture;
	struct space *base, *child;
};

/* base: d/a d/b e/ f; child inherits it */
static struct pair make_pair(void **state)
{
	struct pair pair = { .fixture = *state };
	uint64_t d;

	pair.base = pair.fixture->space;
	d = fixture_mkdir(pair.base, INODE_BUILD, "d");
	fixture_file(pair.base, d, "a", "a");
	fixture_file(pair.base, d, "b", "b");
	fixture_mkdir(pair.base, INODE_BUILD, "e");
	fixture_file(pair.base, INODE_BUILD, "f", "f");
	pair.child = fixture_child(pair.fixture, 17, pair.base);
	return pair;
}

static void expect(struct pair *pair, const char *wanted)
{
	_cleanup_free_ char *text = diff_text(pair->base, pair->child);

	assert_string_equal(text, wanted);
}

static void finish(struct pair *pair)
{
	space_close(pair->child);
	fixture_verify(pair->fixture);
}

static void diff__nothing_changed_is_nothing(void **state)
{
	struct pair pair = make_pair(state);

	expect(&pair, "");
	finish(&pair);
}

static void diff__an_added_file_and_its_directorys_time(void **state)
{
	struct pair pair = make_pair(state);

	fixture_file(pair.child, fixture_path(pair.child, "d"), "c", "c");
	expect(&pair, "Td Ad/c ");
	finish(&pair);
}

static void diff__a_deleted_directory_is_told_once(void **state)
{
	struct pair pair = make_pair(state);

	assert_int_equal(space_remove_all(pair.child, INODE_BUILD, "d"), 0);
	expect(&pair, "Dd ");
	finish(&pair);
}

static void diff__an_added_directory_is_told_with_all_below(void **state)
{
	struct pair pair = make_pair(state);
	uint64_t n = fixture_mkdir(pair.child, INODE_BUILD, "n");

	fixture_file(pair.child, fixture_mkdir(pair.child, n, "m"), "x", "x");
	expect(&pair, "An An/m An/m/x ");
	finish(&pair);
}

static void diff__a_renamed_directory_is_a_deletion_and_an_addition(void **state)
{
	struct pair pair = make_pair(state);

	assert_int_equal(space_rename(pair.child, INODE_BUILD, "d", INODE_BUILD, "g", 0, 0), 0);
	expect(&pair, "Dd Ag Ag/a Ag/b ");
	finish(&pair);
}

static void diff__a_directory_made_again_is_compared_name_by_name(void **state)
{
	struct pair pair = make_pair(state);
	struct attr_change times = { .set = SET_MTIME };
	struct inode inode;
	uint64_t d, a;

	times.mtime = fixture_inode(pair.base, fixture_path(pair.base, "d/a")).mtime;
	assert_int_equal(space_remove_all(pair.child, INODE_BUILD, "d"), 0);
	d = fixture_mkdir(pair.child, INODE_BUILD, "d");
	a = fixture_file(pair.child, d, "a", "a");
	fixture_file(pair.child, d, "c", "c");
	assert_int_equal(space_setattr(pair.child, a, &times, &inode), 0);
	expect(&pair, "Td Dd/b Ad/c ");
	finish(&pair);
}

static void diff__a_file_that_became_a_directory_is_deleted_then_added(void **state)
{
	struct pair pair = make_pair(state);

	assert_int_equal(space_unlink(pair.child, INODE_BUILD, "f"), 0);
	fixture_file(pair.child, fixture_mkdir(pair.child, INODE_BUILD, "f"), "x", "x");
	expect(&pair, "Df Af Af/x ");
	finish(&pair);
}

static void diff__a_change_that_was_taken_back_is_only_a_time(void **state)
{
	struct pair pair = make_pair(state);
	uint64_t f = fixture_path(pair.child, "f");

	fixture_write(pair.child, f, 0, "g", 1);
	fixture_write(pair.child, f, 0, "f", 1);
	expect(&pair, "Tf ");
	finish(&pair);
}

static void diff__mode_owner_and_xattrs_are_changes(void **state)
{
	struct pair pair = make_pair(state);
	struct attr_change mode = { .set = SET_MODE, .mode = 0600 },
			   owner = { .set = SET_UID, .uid = 5 };
	struct slice value = slice_text("v");
	struct inode inode;

	assert_int_equal(space_setattr(pair.child, fixture_path(pair.child, "d/a"), &mode, &inode),
			 0);
	assert_int_equal(space_setattr(pair.child, fixture_path(pair.child, "e"), &owner, &inode),
			 0);
	assert_int_equal(space_setxattr(pair.child, fixture_path(pair.child, "f"), "user.k", &value,
					0, 0),
			 0);
	expect(&pair, "Cd/a Ce Cf ");
	finish(&pair);
}

static void digest__is_the_same_for_another_history(void **state)
{
	struct tree_fixture *fixture = *state;
	struct space *one = fixture_space(fixture, 30, VERSION_NONE);
	struct space *two = fixture_space(fixture, 31, VERSION_NONE), *child;
	struct digest a, b;
	uint64_t d, x;

	d = fixture_mkdir(one, INODE_BUILD, "d");
	fixture_file(one, d, "a", "aaa");
	fixture_file(one, INODE_BUILD, "z", "zzz");
	/* the other way round, with detours, and over two versions */
	x = fixture_file(two, INODE_BUILD, "x", "zz");
	child = fixture_child(fixture, 32, two);
	d = fixture_mkdir(child, INODE_BUILD, "c");
	fixture_file(child, d, "gone", "");
	fixture_file(child, d, "a", "aaa");
	assert_int_equal(space_unlink(child, d, "gone"), 0);
	assert_int_equal(space_rename(child, INODE_BUILD, "c", INODE_BUILD, "d", 0, 0), 0);
	fixture_write(child, x, 2, "z", 1);
	assert_int_equal(space_rename(child, INODE_BUILD, "x", INODE_BUILD, "z", 0, 0), 0);
	fixture_write(child, x, 0, "zzz", 3);
	a = fixture_digest(one);
	b = fixture_digest(child);
	assert_true(digest_equal(&a, &b));
	space_close(child);
	space_close(one);
	space_close(two);
	fixture_verify(fixture);
}

static void digest__follows_an_edit_deep_below(void **state)
{
	struct tree_fixture *fixture = *state;
	struct space *space = fixture->space;
	uint64_t d = fixture_mkdir(space, INODE_BUILD, "d"), e = fixture_mkdir(space, d, "e");
	uint64_t a = fixture_file(space, e, "a", "one");
	struct digest before = fixture_digest(space), changed, back;

	fixture_write(space, a, 0, "two", 3);
	changed = fixture_digest(space);
	assert_false(digest_equal(&before, &changed));
	fixture_write(space, a, 0, "one", 3);
	back = fixture_digest(space);
	assert_true(digest_equal(&before, &back));
}

static void digest__an_edit_computes_only_the_way_up(void **state)
{
	struct tree_fixture *fixture = *state;
	struct space *space = fixture->space;
	struct trees_stats before, after;
	uint64_t a = 0;

	for (int i = 0; i < 20; i++) {
		char name[16];
		uint64_t d;

		snprintf(name, sizeof(name), "d%d", i);
		d = fixture_mkdir(space, INODE_BUILD, name);
		for (int j = 0; j < 50; j++) {
			snprintf(name, sizeof(name), "f%d", j);
			a = fixture_file(space, d, name, name);
		}
	}
	fixture_digest(space);
	fixture_write(space, a, 0, "x", 1);
	trees_stats(fixture->trees, &before);
	fixture_digest(space);
	trees_stats(fixture->trees, &after);
	/* one directory of 50 and the top of 20, not 1,000 files */
	assert_in_range(after.rows_read - before.rows_read, 1, 200);
}

static void digest__times_do_not_matter(void **state)
{
	struct tree_fixture *fixture = *state;
	struct attr_change times = { .set = SET_MTIME | SET_ATIME };
	uint64_t a = fixture_file(fixture->space, INODE_BUILD, "a", "a");
	struct digest before = fixture_digest(fixture->space), after;
	struct inode inode;

	assert_int_equal(space_setattr(fixture->space, a, &times, &inode), 0);
	after = fixture_digest(fixture->space);
	assert_true(digest_equal(&before, &after));
}

static void digest__a_child_without_changes_has_its_parents(void **state)
{
	struct pair pair = make_pair(state);
	struct digest base = fixture_digest(pair.base), child = fixture_digest(pair.child);

	assert_true(digest_equal(&base, &child));
	finish(&pair);
}

static void digest__a_change_before_a_seal_counts_after_it(void **state)
{
	struct tree_fixture *fixture = *state;
	struct digest before, after;
	version_id base;
	uint64_t a = fixture_file(fixture->space, INODE_BUILD, "a", "one");

	before = fixture_digest(fixture->space);
	fixture_write(fixture->space, a, 0, "two", 3);
	assert_int_equal(space_seal(fixture->space, NULL, NULL, &base), 0);
	after = fixture_digest(fixture->space);
	assert_false(digest_equal(&before, &after));
}

#define BEHAVIOUR(f) cmocka_unit_test_setup_teardown(f, tree_fixture_setup, tree_fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BEHAVIOUR(diff__nothing_changed_is_nothing),
		BEHAVIOUR(diff__an_added_file_and_its_directorys_time),
		BEHAVIOUR(diff__a_deleted_directory_is_told_once),
		BEHAVIOUR(diff__an_added_directory_is_told_with_all_below),
		BEHAVIOUR(diff__a_renamed_directory_is_a_deletion_and_an_addition),
		BEHAVIOUR(diff__a_directory_made_again_is_compared_name_by_name),
		BEHAVIOUR(diff__a_file_that_became_a_directory_is_deleted_then_added),
		BEHAVIOUR(diff__a_change_that_was_taken_back_is_only_a_time),
		BEHAVIOUR(diff__mode_owner_and_xattrs_are_changes),
		BEHAVIOUR(digest__is_the_same_for_another_history),
		BEHAVIOUR(digest__follows_an_edit_deep_below),
		BEHAVIOUR(digest__an_edit_computes_only_the_way_up),
		BEHAVIOUR(digest__times_do_not_matter),
		BEHAVIOUR(digest__a_child_without_changes_has_its_parents),
		BEHAVIOUR(digest__a_change_before_a_seal_counts_after_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
