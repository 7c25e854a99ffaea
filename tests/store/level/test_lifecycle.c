/*
 * Levels come and change their parent (behaviours 14 to 17, 20, 63).
 */
#include "tests/support/release_fixture.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "store/base/cleanup.h"

/* ---- add ---- */

/* 15: state TEST, lock OFF, the content of what it is based on. */
static void add__gives_an_unlocked_test_level_with_the_content_of_base(void **state)
{
	struct release_fixture *fixture = *state;

	level_write(fixture, "BASE", "x", "base");
	level_made(fixture, "L1", "BASE");
	for (int opened = 0; opened < 2; opened++) {
		struct level_info info = info_of(fixture, "L1");
		struct digest base, level;

		assert_int_equal(info.state, STATE_TEST);
		assert_false(info.locked);
		assert_string_equal(info.basedon, "BASE");
		assert_string_equal(info.esm, "NONESM");
		assert_string_equal(info.description, "");
		assert_int_equal(info.created_by, TEST_UID);
		assert_content(fixture, "L1", "x", "base");
		assert_int_equal(level_digest(level_at(fixture, "BASE"), &base), 0);
		assert_int_equal(level_digest(level_at(fixture, "L1"), &level), 0);
		assert_true(digest_equal(&base, &level));
		release_reopen(fixture);
	}
}

/* 17: priming copies at the time of adding. */
static void add__later_changes_of_base_do_not_show(void **state)
{
	struct release_fixture *fixture = *state;

	level_write(fixture, "BASE", "x", "before");
	level_made(fixture, "L1", "BASE");
	level_write(fixture, "BASE", "x", "after");
	level_write(fixture, "BASE", "y", "new");
	assert_content(fixture, "L1", "x", "before");
	assert_content(fixture, "L1", "y", "");
	release_reopen(fixture);
	assert_content(fixture, "L1", "x", "before");
	assert_content(fixture, "BASE", "x", "after");
}

/* 17, the other way; 20: a change of a level changes that level only. */
static void add__changes_of_the_child_do_not_show_in_the_parent(void **state)
{
	struct release_fixture *fixture = *state;

	level_write(fixture, "BASE", "x", "base");
	level_made(fixture, "L1", "BASE");
	level_write(fixture, "L1", "x", "mine");
	assert_content(fixture, "BASE", "x", "base");
	release_reopen(fixture);
	assert_content(fixture, "BASE", "x", "base");
	assert_content(fixture, "L1", "x", "mine");
}

static void add__what_is_still_unstored_in_base_is_inherited(void **state)
{
	struct release_fixture *fixture = *state;
	struct space *space;
	struct file *file;
	uint64_t number;

	level_write(fixture, "BASE", "x", "old");
	assert_int_equal(level_space(level_at(fixture, "BASE"), &space), 0);
	number = fixture_path(space, "CP/x");
	assert_int_equal(file_open(space, number, &file), 0);
	assert_int_equal(file_write(file, 0, "new", 3, false), 0);
	level_made(fixture, "L1", "BASE");
	assert_int_equal(file_write(file, 0, "NEW", 3, false), 0);
	assert_content(fixture, "L1", "x", "new");
	file_close(file);
}

static void add__a_thousand_levels_of_a_locked_base(void **state)
{
	struct release_fixture *fixture = *state;
	struct view *view;
	uint32_t own;
	char name[16];

	level_write(fixture, "BASE", "x", "base");
	assert_int_equal(level_set_lock(level_at(fixture, "BASE"), true, TEST_UID), 0);
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "L%d", i);
		level_made(fixture, name, "BASE");
	}
	release_reopen(fixture);
	assert_content(fixture, "L999", "x", "base");
	assert_int_equal(level_view(level_at(fixture, "L999"), &view, &own), 0);
	assert_int_equal(own, 1);
	assert_int_equal(
		view->count,
		3); /* its own, BASE's content, the empty root: no growth with the others */
	view_unref(view);
}

static void add__logs_one_line_also_when_refused(void **state)
{
	struct release_fixture *fixture = *state;
	struct level *level;
	char *line;

	level_made(fixture, "L1", "BASE");
	line = last_log_line(fixture);
	assert_string_equal(line, "uid=7 add L1 ok");
	free(line);
	assert_int_equal(level_add(fixture->filespace, "l1", TEST_UID, &level), -CSM_LEVEL_EXISTS);
	line = last_log_line(fixture);
	assert_non_null(strstr(line, "uid=7 add l1 refused LEVEL_EXISTS"));
	free(line);
}

/* ---- basedon ---- */

/* 16: a chain resolves every file to the newest level that has it. */
static void basedon__a_chain_resolves_to_the_newest_level(void **state)
{
	struct release_fixture *fixture = *state;

	level_write(fixture, "BASE", "a", "base");
	level_write(fixture, "BASE", "b", "base");
	level_write(fixture, "BASE", "c", "base");
	level_made(fixture, "L1", "BASE");
	level_write(fixture, "L1", "b", "one");
	level_write(fixture, "L1", "c", "one");
	level_made(fixture, "L2", "L1");
	level_write(fixture, "L2", "c", "two");
	for (int opened = 0; opened < 2; opened++) {
		assert_string_equal(info_of(fixture, "L2").basedon, "L1");
		assert_content(fixture, "L2", "a", "base");
		assert_content(fixture, "L2", "b", "one");
		assert_content(fixture, "L2", "c", "two");
		release_reopen(fixture);
	}
}

/* 17 for a parent that is no BASE, and unlocked. */
static void basedon__later_changes_of_the_parent_do_not_show(void **state)
{
	struct release_fixture *fixture = *state;

	level_made(fixture, "L1", "BASE");
	level_write(fixture, "L1", "x", "before");
	level_made(fixture, "L2", "L1");
	level_write(fixture, "L1", "x", "after");
	assert_content(fixture, "L2", "x", "before");
	level_made(fixture, "L3", "L1");
	assert_content(fixture, "L3", "x", "after");
	release_reopen(fixture);
	assert_content(fixture, "L1", "x", "after");
	assert_content(fixture, "L2", "x", "before");
	assert_content(fixture, "L3", "x", "after");
}

static void basedon__a_locked_parent_is_as_good(void **state)
{
	struct release_fixture *fixture = *state;

	level_made(fixture, "L1", "BASE");
	level_write(fixture, "L1", "x", "one");
	assert_int_equal(level_set_lock(level_at(fixture, "L1"), true, TEST_UID), 0);
	level_made(fixture, "L2", "L1");
	assert_content(fixture, "L2", "x", "one");
	assert_int_equal(level_set_lock(level_at(fixture, "L1"), false, TEST_UID), 0);
	level_write(fixture, "L1", "x",
		    "two"); /* 31, 32: the rework loop does not touch the child */
	assert_content(fixture, "L2", "x", "one");
}

/* 14 */
static void basedon__an_unknown_parent_is_refused(void **state)
{
	struct release_fixture *fixture = *state;

	level_made(fixture, "L1", "BASE");
	assert_int_equal(level_set_basedon(level_at(fixture, "L1"), "NONE", TEST_UID),
			 -CSM_LEVEL_UNKNOWN);
	assert_string_equal(info_of(fixture, "L1").basedon, "BASE");
}

static void basedon__itself_and_descendants_are_refused(void **state)
{
	struct release_fixture *fixture = *state;

	level_made(fixture, "L1", "BASE");
	level_made(fixture, "L2", "L1");
	level_made(fixture, "L3", "L2");
	assert_int_equal(level_set_basedon(level_at(fixture, "L1"), "L1", TEST_UID),
			 -CSM_LEVEL_BASED_ON_ITSELF);
	assert_int_equal(level_set_basedon(level_at(fixture, "L1"), "L3", TEST_UID),
			 -CSM_LEVEL_BASED_ON_ITSELF);
	assert_string_equal(info_of(fixture, "L1").basedon, "BASE");
}

static void basedon__a_level_with_content_is_refused_until_it_is_removed(void **state)
{
	struct release_fixture *fixture = *state;
	struct space *space;

	level_made(fixture, "L1", "BASE");
	level_made(fixture, "L2", "BASE");
	level_write(fixture, "L1", "x", "one");
	level_write(fixture, "L2", "x", "mine");
	assert_int_equal(level_set_basedon(level_at(fixture, "L2"), "L1", TEST_UID),
			 -CSM_LEVEL_HAS_CONTENT);
	assert_content(fixture, "L2", "x", "mine");
	assert_int_equal(level_try_write(fixture, "L2", "TCPIP"),
			 0); /* still writable after the refusal */
	assert_int_equal(level_space(level_at(fixture, "L2"), &space), 0);
	assert_int_equal(space_remove_all(space, INODE_BUILD, "CP"), 0);
	assert_int_equal(space_remove_all(space, INODE_BUILD, "TCPIP"), 0);
	assert_int_equal(level_set_basedon(level_at(fixture, "L2"), "L1", TEST_UID), 0);
	assert_content(fixture, "L2", "x", "one");
	release_reopen(fixture);
	assert_content(fixture, "L2", "x", "one");
}

static void basedon__a_deletion_is_content(void **state)
{
	struct release_fixture *fixture = *state;
	struct space *space;

	level_write(fixture, "BASE", "x", "base");
	level_made(fixture, "L1", "BASE");
	level_made(fixture, "L2", "BASE");
	assert_int_equal(level_space(level_at(fixture, "L2"), &space), 0);
	assert_int_equal(space_remove_all(space, INODE_BUILD, "CP"), 0);
	assert_int_equal(level_set_basedon(level_at(fixture, "L2"), "L1", TEST_UID),
			 -CSM_LEVEL_HAS_CONTENT);
}

static void basedon__inventory_is_content(void **state)
{
	struct release_fixture *fixture = *state;
	struct space *space;

	level_made(fixture, "L1", "BASE");
	level_made(fixture, "L2", "BASE");
	assert_int_equal(level_space(level_at(fixture, "L2"), &space), 0);
	fixture_mkdir(space, INODE_APPLY, "CP");
	assert_int_equal(level_set_basedon(level_at(fixture, "L2"), "L1", TEST_UID),
			 -CSM_LEVEL_HAS_CONTENT);
}

static void basedon__a_locked_level_and_base_are_refused(void **state)
{
	struct release_fixture *fixture = *state;

	level_made(fixture, "L1", "BASE");
	level_made(fixture, "L2", "BASE");
	assert_int_equal(level_set_lock(level_at(fixture, "L2"), true, TEST_UID), 0);
	assert_int_equal(level_set_basedon(level_at(fixture, "L2"), "L1", TEST_UID),
			 -CSM_LEVEL_LOCKED);
	assert_int_equal(level_set_basedon(level_at(fixture, "BASE"), "L1", TEST_UID),
			 -CSM_BASE_PERMANENT);
}

static void basedon__a_level_with_children_stays_where_it_is(void **state)
{
	struct release_fixture *fixture = *state;

	level_made(fixture, "L1", "BASE");
	level_made(fixture, "L2", "BASE");
	level_made(fixture, "L3", "L2");
	assert_int_equal(level_set_basedon(level_at(fixture, "L2"), "L1", TEST_UID),
			 -CSM_LEVEL_HAS_CHILDREN);
	assert_int_equal(level_delete_at(fixture, "L3"), 0);
	assert_int_equal(level_set_basedon(level_at(fixture, "L2"), "L1", TEST_UID), 0);
}

static void basedon__the_same_parent_again_takes_its_content_anew(void **state)
{
	struct release_fixture *fixture = *state;
	uint32_t epoch;

	level_made(fixture, "L1", "BASE");
	level_made(fixture, "L2", "L1");
	level_write(fixture, "L1", "x", "later");
	assert_content(fixture, "L2", "x", "");
	epoch = info_of(fixture, "L2").epoch;
	assert_int_equal(level_set_basedon(level_at(fixture, "L2"), "l1", TEST_UID), 0);
	assert_content(fixture, "L2", "x", "later");
	assert_int_equal(info_of(fixture, "L2").epoch, epoch + 1);
	assert_int_equal(level_set_basedon(level_at(fixture, "L2"), "L1", TEST_UID), 0);
	assert_int_equal(info_of(fixture, "L2").epoch,
			 epoch + 1); /* nothing new: nothing changes */
}

static void basedon__the_epoch_and_the_parent_survive_reopening(void **state)
{
	struct release_fixture *fixture = *state;
	uint32_t epoch;

	level_made(fixture, "L1", "BASE");
	level_made(fixture, "L2", "L1");
	epoch = info_of(fixture, "L2").epoch;
	assert_int_not_equal(epoch, info_of(fixture, "L1").epoch);
	release_reopen(fixture);
	assert_int_equal(info_of(fixture, "L2").epoch, epoch);
	assert_string_equal(info_of(fixture, "L2").basedon, "L1");
	assert_int_equal(level_delete_at(fixture, "L1"), -CSM_LEVEL_HAS_CHILDREN);
}

static void base_view__is_what_the_level_stands_on(void **state)
{
	struct release_fixture *fixture = *state;
	struct view *view, *base;
	uint64_t number;
	uint32_t own;

	level_write(fixture, "BASE", "x", "base");
	level_made(fixture, "L1", "BASE");
	level_write(fixture, "L1", "y", "one");
	assert_int_equal(level_base_view(level_at(fixture, "L1"), &base), 0);
	assert_int_equal(level_view(level_at(fixture, "L1"), &view, &own), 0);
	assert_int_equal(view->ids[own], base->ids[0]);
	view_unref(base);
	view_unref(view);
	assert_int_equal(level_base_view(level_at(fixture, "BASE"), &base),
			 0); /* BASE stands on nothing */
	assert_int_equal(view_lookup(base, INODE_BUILD, "CP", &number), -ENOENT);
	view_unref(base);
}

/* ---- 63: two administrators at once ---- */

struct racer {
	struct release_fixture *fixture;
	int added, refused;
};

static void *race(void *context)
{
	struct racer *racer = context;
	char name[16];

	for (int i = 0; i < 50; i++) {
		struct level *level;
		int err;

		snprintf(name, sizeof(name), "L%d", i);
		err = level_add(racer->fixture->filespace, name, TEST_UID, &level);
		racer->added += err == 0;
		racer->refused += err == -CSM_LEVEL_EXISTS;
		if (!err)
			level_put(level);
	}
	return NULL;
}

static void add__of_one_name_by_two_at_once_is_done_once(void **state)
{
	struct racer racers[2] = { { .fixture = *state }, { .fixture = *state } };
	pthread_t threads[2];

	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, race, &racers[i]), 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(racers[0].added + racers[1].added, 50);
	assert_int_equal(racers[0].refused + racers[1].refused, 50);
}

/* ---- crashes ---- */

static void prepare_base(struct release_fixture *fixture)
{
	level_write(fixture, "BASE", "x", "base");
}

static int act_add(struct release_fixture *fixture)
{
	struct level *level;
	int err = level_add(fixture->filespace, "L1", TEST_UID, &level);

	if (!err)
		level_put(level);
	return err;
}

static bool reads(struct release_fixture *fixture, const char *level, const char *name,
		  const char *text)
{
	_cleanup_free_ char *bytes = level_read(fixture, level, name);

	return strcmp(bytes, text) == 0;
}

static bool is_added(struct release_fixture *fixture)
{
	return level_exists(fixture, "L1") && reads(fixture, "L1", "x", "base") &&
	       reads(fixture, "BASE", "x", "base");
}

static bool is_not_added(struct release_fixture *fixture)
{
	return !level_exists(fixture, "L1") && reads(fixture, "BASE", "x", "base");
}

static void add__a_crash_leaves_the_level_whole_or_none(void **state)
{
	(void)state;
	release_crash(&(struct crash_case){ prepare_base, act_add, is_not_added, is_added });
}

static void prepare_basedon(struct release_fixture *fixture)
{
	level_made(fixture, "L1", "BASE");
	level_write(fixture, "L1", "x", "one");
	level_made(fixture, "L2", "BASE");
	level_write(fixture, "BASE", "x", "base"); /* L2 is older than this */
}

static int act_basedon(struct release_fixture *fixture)
{
	return level_set_basedon(level_at(fixture, "L2"), "L1", TEST_UID);
}

static bool is_on_base(struct release_fixture *fixture)
{
	return strcmp(info_of(fixture, "L2").basedon, "BASE") == 0 &&
	       reads(fixture, "L2", "x", "") && level_try_write(fixture, "L2", "TCPIP") == 0 &&
	       level_try_write(fixture, "L1", "TCPIP") == 0;
}

static bool is_on_l1(struct release_fixture *fixture)
{
	return strcmp(info_of(fixture, "L2").basedon, "L1") == 0 &&
	       reads(fixture, "L2", "x", "one") && level_try_write(fixture, "L2", "TCPIP") == 0;
}

static void basedon__a_crash_leaves_the_one_parent_or_the_other(void **state)
{
	(void)state;
	release_crash(&(struct crash_case){ prepare_basedon, act_basedon, is_on_base, is_on_l1 });
}

#define WITH_RELEASE(test) cmocka_unit_test_setup_teardown(test, release_setup, release_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_RELEASE(add__gives_an_unlocked_test_level_with_the_content_of_base),
		WITH_RELEASE(add__later_changes_of_base_do_not_show),
		WITH_RELEASE(add__changes_of_the_child_do_not_show_in_the_parent),
		WITH_RELEASE(add__what_is_still_unstored_in_base_is_inherited),
		WITH_RELEASE(add__a_thousand_levels_of_a_locked_base),
		WITH_RELEASE(add__logs_one_line_also_when_refused),
		WITH_RELEASE(basedon__a_chain_resolves_to_the_newest_level),
		WITH_RELEASE(basedon__later_changes_of_the_parent_do_not_show),
		WITH_RELEASE(basedon__a_locked_parent_is_as_good),
		WITH_RELEASE(basedon__an_unknown_parent_is_refused),
		WITH_RELEASE(basedon__itself_and_descendants_are_refused),
		WITH_RELEASE(basedon__a_level_with_content_is_refused_until_it_is_removed),
		WITH_RELEASE(basedon__a_deletion_is_content),
		WITH_RELEASE(basedon__inventory_is_content),
		WITH_RELEASE(basedon__a_locked_level_and_base_are_refused),
		WITH_RELEASE(basedon__a_level_with_children_stays_where_it_is),
		WITH_RELEASE(basedon__the_same_parent_again_takes_its_content_anew),
		WITH_RELEASE(basedon__the_epoch_and_the_parent_survive_reopening),
		WITH_RELEASE(base_view__is_what_the_level_stands_on),
		WITH_RELEASE(add__of_one_name_by_two_at_once_is_done_once),
		cmocka_unit_test(add__a_crash_leaves_the_level_whole_or_none),
		cmocka_unit_test(basedon__a_crash_leaves_the_one_parent_or_the_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
