/*
 * Records of packages: one for each level and what it was built against, current or
 * stale, and what a locked level may have built again (behaviours 29, 30).
 */
#include "tests/support/release_fixture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/base/cleanup.h"

static int current(struct release_fixture *fixture, const char *name)
{
	return level_package_current(level_at(fixture, name), 0);
}

/* A locked BASE with content, and L1 with more. */
static int setup(void **state)
{
	struct release_fixture *fixture;

	release_setup(state);
	fixture = *state;
	level_write(fixture, "BASE", "x", "base");
	assert_int_equal(level_set_lock(level_at(fixture, "BASE"), true, TEST_UID), 0);
	level_made(fixture, "L1", "BASE");
	level_write(fixture, "L1", "y", "one");
	return 0;
}

/* ---- records ---- */

static void package__is_recorded_once_and_found_again(void **state)
{
	struct release_fixture *fixture = *state;
	struct package_record record;

	assert_int_equal(level_package(level_at(fixture, "L1"), 0, &record), -ENOENT);
	assert_int_equal(level_pack(fixture, "L1", "BASE", 1), 0);
	assert_int_equal(level_pack(fixture, "L1", "BASE", 1), -CSM_PACKAGE_EXISTS);
	release_reopen(fixture);
	assert_int_equal(level_package(level_at(fixture, "L1"), 0, &record), 0);
	assert_int_equal(record.against, 0);
	assert_int_equal(record.id.bytes[31], 1);
	assert_int_equal(record.built.tv_sec, 1795557907);
	assert_int_equal(record.built_by, TEST_UID);
	assert_int_equal(level_pack(fixture, "L1", "BASE", 1), -CSM_PACKAGE_EXISTS);
}

static void package__base_is_meant_by_0_and_by_its_id(void **state)
{
	struct release_fixture *fixture = *state;
	struct package_record record;
	uint32_t base = level_id(level_at(fixture, "BASE"));

	assert_int_equal(level_pack(fixture, "L1", "BASE", 1), 0);
	assert_int_equal(level_package(level_at(fixture, "L1"), base, &record), 0);
	assert_int_equal(record.against, 0);
	assert_int_equal(level_forget_package(level_at(fixture, "L1"), base, TEST_UID), 0);
	assert_int_equal(level_package(level_at(fixture, "L1"), 0, &record), -ENOENT);
}

static int count_package(void *context, const struct package_record *record)
{
	*(unsigned *)context += 100 + record->id.bytes[0];
	return 0;
}

static void package__one_against_each_level(void **state)
{
	struct release_fixture *fixture = *state;
	unsigned sum = 0;

	level_made(fixture, "L2", "BASE");
	level_made(fixture, "L3", "BASE");
	assert_int_equal(level_pack(fixture, "L1", "BASE", 1), 0);
	assert_int_equal(level_pack(fixture, "L1", "L2", 2), 0);
	assert_int_equal(level_pack(fixture, "L1", "L3", 4), 0);
	assert_int_equal(level_pack(fixture, "L2", "L1", 8), 0);
	release_reopen(fixture);
	assert_int_equal(level_each_package(level_at(fixture, "L1"), count_package, &sum), 0);
	assert_int_equal(sum, 307);
}

static void package__forgetting_one_leaves_the_others(void **state)
{
	struct release_fixture *fixture = *state;
	struct package_record record;
	uint32_t other;

	level_made(fixture, "L2", "BASE");
	other = level_id(level_at(fixture, "L2"));
	assert_int_equal(level_pack(fixture, "L1", "BASE", 1), 0);
	assert_int_equal(level_pack(fixture, "L1", "L2", 2), 0);
	assert_int_equal(level_forget_package(level_at(fixture, "L1"), other, TEST_UID), 0);
	assert_int_equal(level_forget_package(level_at(fixture, "L1"), other, TEST_UID), -ENOENT);
	release_reopen(fixture);
	assert_int_equal(level_package(level_at(fixture, "L1"), other, &record), -ENOENT);
	assert_int_equal(level_package(level_at(fixture, "L1"), 0, &record), 0);
}

static void package__against_a_level_may_go_from_a_stable_level(void **state)
{
	struct release_fixture *fixture = *state;
	uint32_t other;

	level_made(fixture, "L2", "BASE");
	other = level_id(level_at(fixture, "L2"));
	level_made_stable(fixture, "L1");
	assert_int_equal(level_pack(fixture, "L1", "L2", 2), 0);
	assert_int_equal(level_forget_package(level_at(fixture, "L1"), 0, TEST_UID),
			 -CSM_PACKAGE_STABLE);
	assert_int_equal(level_forget_package(level_at(fixture, "L1"), other, TEST_UID), 0);
}

static void package__logs_what_it_is_against(void **state)
{
	struct release_fixture *fixture = *state;
	char *line;

	level_made(fixture, "L2", "BASE");
	assert_int_equal(level_pack(fixture, "L1", "BASE", 1), 0);
	line = last_log_line(fixture);
	assert_string_equal(line, "uid=7 package L1 ok");
	free(line);
	assert_int_equal(level_pack(fixture, "L1", "L2", 1), 0);
	line = last_log_line(fixture);
	assert_non_null(strstr(line, "uid=7 package L1 ok"));
	assert_non_null(strstr(line, "from L2"));
	free(line);
	assert_int_equal(level_forget_package(level_at(fixture, "L1"), 0, TEST_UID), 0);
	line = last_log_line(fixture);
	assert_string_equal(line, "uid=7 droppackage L1 ok");
	free(line);
}

/* ---- current or stale (29) ---- */

static void current__is_missing_before_the_first(void **state)
{
	assert_int_equal(current(*state, "L1"), -CSM_PACKAGE_MISSING);
}

static void current__until_something_is_written(void **state)
{
	struct release_fixture *fixture = *state;

	assert_int_equal(level_pack(fixture, "L1", "BASE", 1), 0);
	assert_int_equal(current(fixture, "L1"), 1);
	release_reopen(fixture);
	assert_int_equal(current(fixture, "L1"), 1);
	level_write(fixture, "L1", "y", "two");
	assert_int_equal(current(fixture, "L1"), 0);
	release_reopen(fixture);
	assert_int_equal(current(fixture, "L1"), 0);
}

static void current__whatever_happens_to_other_levels(void **state)
{
	struct release_fixture *fixture = *state;

	level_made(fixture, "L2", "BASE");
	assert_int_equal(level_pack(fixture, "L1", "BASE", 1), 0);
	level_write(fixture, "L2", "y", "two");
	level_made(fixture, "L3", "L1");
	level_write(fixture, "L3", "y", "three");
	assert_int_equal(current(fixture, "L1"), 1);
}

static void current__also_with_two_packages_of_one_content(void **state)
{
	struct release_fixture *fixture = *state;
	uint32_t other;

	level_made(fixture, "L2", "BASE");
	other = level_id(level_at(fixture, "L2"));
	assert_int_equal(level_pack(fixture, "L1", "BASE", 1), 0);
	assert_int_equal(level_pack(fixture, "L1", "L2", 2), 0);
	assert_int_equal(current(fixture, "L1"), 1);
	assert_int_equal(level_package_current(level_at(fixture, "L1"), other), 1);
}

static void current__reading_and_locking_do_not_make_it_stale(void **state)
{
	struct release_fixture *fixture = *state;
	struct digest digest;

	assert_int_equal(level_pack(fixture, "L1", "BASE", 1), 0);
	assert_content(fixture, "L1", "y", "one");
	assert_int_equal(level_digest(level_at(fixture, "L1"), &digest), 0);
	assert_int_equal(level_set_lock(level_at(fixture, "L1"), true, TEST_UID), 0);
	assert_int_equal(level_set_lock(level_at(fixture, "L1"), false, TEST_UID), 0);
	assert_int_equal(current(fixture, "L1"), 1);
}

/* ---- built again (28, 30) ---- */

static void again__a_locked_level_takes_the_package_it_had(void **state)
{
	struct release_fixture *fixture = *state;

	assert_int_equal(level_pack(fixture, "L1", "BASE", 1), 0);
	assert_int_equal(level_set_lock(level_at(fixture, "L1"), true, TEST_UID), 0);
	assert_int_equal(level_forget_package(level_at(fixture, "L1"), 0, TEST_UID), 0);
	release_reopen(fixture);
	assert_int_equal(level_pack(fixture, "L1", "BASE", 1), 0);
}

static void again__a_locked_level_takes_no_other_package(void **state)
{
	struct release_fixture *fixture = *state;

	assert_int_equal(level_pack(fixture, "L1", "BASE", 1), 0);
	assert_int_equal(level_set_lock(level_at(fixture, "L1"), true, TEST_UID), 0);
	assert_int_equal(level_forget_package(level_at(fixture, "L1"), 0, TEST_UID), 0);
	assert_int_equal(level_pack(fixture, "L1", "BASE", 2), -CSM_PACKAGE_DIFFERS);
	release_reopen(fixture);
	assert_int_equal(level_pack(fixture, "L1", "BASE", 2), -CSM_PACKAGE_DIFFERS);
	assert_int_equal(level_set_lock(level_at(fixture, "L1"), false, TEST_UID), 0);
	assert_int_equal(level_pack(fixture, "L1", "BASE", 2), 0);
}

static void again__a_locked_level_that_never_had_one_takes_its_first(void **state)
{
	struct release_fixture *fixture = *state;

	assert_int_equal(level_set_lock(level_at(fixture, "L1"), true, TEST_UID), 0);
	assert_int_equal(level_pack(fixture, "L1", "BASE", 1), 0);
	assert_int_equal(current(fixture, "L1"), 1);
}

/* ---- what it is built from ---- */

static void hold__gives_content_that_later_writes_do_not_change(void **state)
{
	struct release_fixture *fixture = *state;
	_cleanup_(cleanup_view) struct view *view = NULL, *base = NULL;
	version_id content;
	struct inode inode;
	uint64_t component, number;
	char bytes[8] = { 0 };
	size_t got;

	assert_int_equal(level_hold_still(level_at(fixture, "L1"), 0, &view, &content, &base), 0);
	level_write(fixture, "L1", "y", "two");
	assert_int_equal(view_lookup(view, INODE_BUILD, "CP", &component), 0);
	assert_int_equal(view_lookup(view, component, "y", &number), 0);
	assert_int_equal(view_inode(view, number, &inode), 0);
	assert_int_equal(view_read(view, &inode, 0, bytes, sizeof(bytes), &got), 0);
	assert_string_equal(bytes, "one");
	assert_int_equal(view_lookup(base, component, "y", &number), -ENOENT);
	assert_int_equal(view_lookup(base, component, "x", &number), 0);
	assert_int_equal(view->ids[0], content);
}

static void hold__what_cannot_be_packaged_is_refused(void **state)
{
	struct release_fixture *fixture = *state;
	struct level *level = level_at(fixture, "L1");
	struct view *view, *other;
	version_id content;

	assert_int_equal(level_hold_still(level_at(fixture, "BASE"), 0, &view, &content, &other),
			 -CSM_BASE_PERMANENT);
	assert_int_equal(level_hold_still(level, level_id(level), &view, &content, &other),
			 -CSM_PACKAGE_AGAINST);
	assert_int_equal(level_hold_still(level, 12345, &view, &content, &other),
			 -CSM_LEVEL_UNKNOWN);
}

static void hold__against_a_base_still_being_written_is_refused(void **state)
{
	struct release_fixture *fixture = *state; /* without the set-up above */
	struct view *view, *other;
	version_id content;

	level_made(fixture, "L1", "BASE");
	assert_int_equal(level_hold_still(level_at(fixture, "L1"), 0, &view, &content, &other),
			 -CSM_BASE_UNLOCKED);
}

#define WITH_L1(test) cmocka_unit_test_setup_teardown(test, setup, release_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_L1(package__is_recorded_once_and_found_again),
		WITH_L1(package__base_is_meant_by_0_and_by_its_id),
		WITH_L1(package__one_against_each_level),
		WITH_L1(package__forgetting_one_leaves_the_others),
		WITH_L1(package__against_a_level_may_go_from_a_stable_level),
		WITH_L1(package__logs_what_it_is_against),
		WITH_L1(current__is_missing_before_the_first),
		WITH_L1(current__until_something_is_written),
		WITH_L1(current__whatever_happens_to_other_levels),
		WITH_L1(current__also_with_two_packages_of_one_content),
		WITH_L1(current__reading_and_locking_do_not_make_it_stale),
		WITH_L1(again__a_locked_level_takes_the_package_it_had),
		WITH_L1(again__a_locked_level_takes_no_other_package),
		WITH_L1(again__a_locked_level_that_never_had_one_takes_its_first),
		WITH_L1(hold__gives_content_that_later_writes_do_not_change),
		WITH_L1(hold__what_cannot_be_packaged_is_refused),
		cmocka_unit_test_setup_teardown(hold__against_a_base_still_being_written_is_refused,
						release_setup, release_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
