/*
 * The three links of a system: test, production, previous (behaviours 38, 44, 48, 54 to 59).
 */
#include "tests/support/release_fixture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/base/cleanup.h"

static uint32_t id_of(struct release_fixture *fixture, const char *level)
{
	return level_id(level_at(fixture, level));
}

static int point(struct release_fixture *fixture, const char *system, enum system_link link,
		 const char *level)
{
	return system_set_link(fixture->systems, system_at(fixture, system).id, link,
			       id_of(fixture, level), TEST_UID);
}

static int drop(struct release_fixture *fixture, enum system_link link)
{
	return system_remove_link(fixture->systems, system_at(fixture, "vm01").id, link, TEST_UID);
}

static int move(struct release_fixture *fixture, enum system_link from, enum system_link to)
{
	return system_move_link(fixture->systems, system_at(fixture, "vm01").id, from, to,
				TEST_UID);
}

static int put2prod(struct release_fixture *fixture)
{
	return move(fixture, LINK_TEST, LINK_PRODUCTION);
}

static int roll_back(struct release_fixture *fixture)
{
	return move(fixture, LINK_PREVIOUS, LINK_PRODUCTION);
}

static bool links_are(struct release_fixture *fixture, const char *test, const char *production,
		      const char *previous)
{
	return strcmp(link_of(fixture, "vm01", LINK_TEST), test) == 0 &&
	       strcmp(link_of(fixture, "vm01", LINK_PRODUCTION), production) == 0 &&
	       strcmp(link_of(fixture, "vm01", LINK_PREVIOUS), previous) == 0;
}

#define assert_links(fixture, test, production, previous)                                          \
	do {                                                                                       \
		assert_true(links_are((fixture), (test), (production), (previous)));               \
		release_reopen(fixture);                                                           \
		assert_true(links_are((fixture), (test), (production), (previous)));               \
	} while (0)

static void prepare(struct release_fixture *fixture)
{
	struct system_info info;

	assert_int_equal(system_add(fixture->systems, "vm01", TEST_UID, &info), 0);
	assert_int_equal(level_set_lock(level_at(fixture, "BASE"), true, TEST_UID), 0);
	level_made(fixture, "L1", "BASE"); /* STABLE */
	level_write(fixture, "L1", "x", "one");
	level_made_stable(fixture, "L1");
	level_made(fixture, "L2", "L1"); /* STABLE */
	level_write(fixture, "L2", "x", "two");
	level_made_stable(fixture, "L2");
	level_made(fixture, "L3", "L2"); /* TEST */
}

static int setup(void **state)
{
	release_setup(state);
	prepare(*state);
	return 0;
}

/* ---- test ---- */

static void test__any_level_may_be_tested(void **state)
{
	struct release_fixture *fixture = *state;

	assert_int_equal(point(fixture, "vm01", LINK_TEST, "L3"), 0);
	assert_links(fixture, "L3", "", "");
	assert_int_equal(point(fixture, "vm01", LINK_TEST, "L1"), 0); /* 38 */
	assert_links(fixture, "L1", "", "");
	assert_int_equal(point(fixture, "vm01", LINK_TEST, "BASE"), 0);
	assert_links(fixture, "BASE", "", "");
}

static void test__an_unknown_level_is_refused(void **state)
{
	struct release_fixture *fixture = *state;

	assert_int_equal(system_set_link(fixture->systems, system_at(fixture, "vm01").id, LINK_TEST,
					 99999, TEST_UID),
			 -CSM_LEVEL_UNKNOWN);
	assert_int_equal(system_set_link(fixture->systems, 99999, LINK_TEST, id_of(fixture, "L1"),
					 TEST_UID),
			 -ENOENT);
	assert_links(fixture, "", "", "");
}

static void test__the_link_flips_only_when_it_changes(void **state)
{
	struct release_fixture *fixture = *state;

	assert_int_equal(point(fixture, "vm01", LINK_TEST, "L1"), 0);
	assert_int_equal(point(fixture, "vm01", LINK_TEST, "L1"), 0);
	assert_int_equal(system_at(fixture, "vm01").flips[LINK_TEST], 1);
	assert_int_equal(point(fixture, "vm01", LINK_TEST, "L2"), 0);
	assert_int_equal(system_at(fixture, "vm01").flips[LINK_TEST], 2);
}

/* 44 */
static void test__level_and_system_must_agree_in_esm(void **state)
{
	struct release_fixture *fixture = *state;
	uint32_t id = system_at(fixture, "vm01").id;

	assert_int_equal(system_set(fixture->systems, id, "esm", "RACF", TEST_UID), 0);
	assert_int_equal(point(fixture, "vm01", LINK_TEST, "L3"), -CSM_ESM_DIFFERS);
	assert_links(fixture, "", "", "");
	assert_int_equal(level_set_esm(level_at(fixture, "L3"), "racf", TEST_UID), 0);
	assert_int_equal(point(fixture, "vm01", LINK_TEST, "L3"), 0);
	assert_links(fixture, "L3", "", "");
}

static void test__a_system_without_esm_setting_is_nonesm(void **state)
{
	struct release_fixture *fixture = *state;

	assert_int_equal(level_set_esm(level_at(fixture, "L3"), "RACF", TEST_UID), 0);
	assert_int_equal(point(fixture, "vm01", LINK_TEST, "L3"), -CSM_ESM_DIFFERS);
	assert_int_equal(level_set_esm(level_at(fixture, "L3"), "nonesm", TEST_UID), 0);
	assert_int_equal(point(fixture, "vm01", LINK_TEST, "L3"), 0);
}

/* ---- production and previous, set by hand ---- */

/* 48: what it runs already is said once, when it is added. */
static void production__may_be_said_once_of_a_locked_level(void **state)
{
	struct release_fixture *fixture = *state;

	assert_int_equal(point(fixture, "vm01", LINK_PRODUCTION, "L3"), -CSM_NOT_TESTED_HERE);
	assert_int_equal(point(fixture, "vm01", LINK_PRODUCTION, "BASE"), 0);
	assert_links(fixture, "", "BASE", "");
	assert_int_equal(point(fixture, "vm01", LINK_PRODUCTION, "BASE"), 0); /* as it is */
	assert_int_equal(point(fixture, "vm01", LINK_PRODUCTION, "L1"), -CSM_NOT_TESTED_HERE);
	assert_links(fixture, "", "BASE", "");
}

static void production__is_not_said_of_a_system_that_tests(void **state)
{
	struct release_fixture *fixture = *state;

	assert_int_equal(point(fixture, "vm01", LINK_TEST, "L1"), 0);
	assert_int_equal(point(fixture, "vm01", LINK_PRODUCTION, "L1"), -CSM_NOT_TESTED_HERE);
	assert_links(fixture, "L1", "", "");
}

static void previous__is_never_set_by_hand(void **state)
{
	struct release_fixture *fixture = *state;

	assert_int_equal(point(fixture, "vm01", LINK_PREVIOUS, "L1"), -CSM_FIXED_ENTRY);
	assert_links(fixture, "", "", "");
}

/* ---- removing ---- */

static void remove__test_and_previous_but_not_production(void **state)
{
	struct release_fixture *fixture = *state;

	assert_int_equal(drop(fixture, LINK_TEST), -ENOENT);
	assert_int_equal(point(fixture, "vm01", LINK_PRODUCTION, "L1"), 0);
	assert_int_equal(point(fixture, "vm01", LINK_TEST, "L2"), 0);
	assert_int_equal(drop(fixture, LINK_PRODUCTION), -CSM_PRODUCTION_STAYS);
	assert_int_equal(put2prod(fixture), 0);
	assert_links(fixture, "", "L2", "L1");
	assert_int_equal(drop(fixture, LINK_PREVIOUS), 0);
	assert_int_equal(point(fixture, "vm01", LINK_TEST, "L3"), 0);
	assert_int_equal(drop(fixture, LINK_TEST), 0);
	assert_links(fixture, "", "L2", "");
}

/* ---- put2prod ---- */

/* 54, 56, 58: production changes at put2prod only, all at once, and the former level is kept. */
static void put2prod__makes_the_tested_level_production_and_keeps_the_former(void **state)
{
	struct release_fixture *fixture = *state;

	assert_int_equal(point(fixture, "vm01", LINK_TEST, "L1"), 0);
	assert_int_equal(put2prod(fixture), 0);
	assert_links(fixture, "", "L1", "");
	assert_int_equal(point(fixture, "vm01", LINK_TEST, "L2"), 0);
	assert_links(fixture, "L2", "L1", "");
	assert_int_equal(put2prod(fixture), 0);
	assert_links(fixture, "", "L2", "L1");
}

/* 55 */
static void put2prod__a_test_level_is_refused(void **state)
{
	struct release_fixture *fixture = *state;

	assert_int_equal(point(fixture, "vm01", LINK_TEST, "L3"), 0);
	assert_int_equal(put2prod(fixture), -CSM_NOT_STABLE);
	assert_int_equal(level_set_lock(level_at(fixture, "L3"), true, TEST_UID), 0);
	assert_int_equal(put2prod(fixture), -CSM_NOT_STABLE);
	assert_links(fixture, "L3", "", "");
}

static void put2prod__without_a_tested_level_is_refused(void **state)
{
	assert_int_equal(put2prod(*state), -ENOENT);
}

/* BASE was never packaged; locked for ever it is as stable as a level can be. */
static void put2prod__a_locked_base_may_go_into_production(void **state)
{
	struct release_fixture *fixture = *state;

	assert_int_equal(point(fixture, "vm01", LINK_TEST, "BASE"), 0);
	assert_int_equal(put2prod(fixture), 0);
	assert_links(fixture, "", "BASE", "");
}

static void put2prod__a_base_still_being_written_is_refused(void **state)
{
	struct release_fixture *fixture = *state; /* without the set-up above */
	struct system_info info;

	assert_int_equal(system_add(fixture->systems, "vm01", TEST_UID, &info), 0);
	assert_int_equal(point(fixture, "vm01", LINK_TEST, "BASE"), 0);
	assert_int_equal(put2prod(fixture), -CSM_NOT_STABLE);
}

/* 44, once more at the last moment. */
static void put2prod__an_esm_setting_changed_meanwhile_is_refused(void **state)
{
	struct release_fixture *fixture = *state;

	assert_int_equal(point(fixture, "vm01", LINK_TEST, "L1"), 0);
	assert_int_equal(system_set(fixture->systems, system_at(fixture, "vm01").id, "esm", "RACF",
				    TEST_UID),
			 0);
	assert_int_equal(put2prod(fixture), -CSM_ESM_DIFFERS);
	assert_links(fixture, "L1", "", "");
}

/* 57 */
static void put2prod__of_what_it_runs_takes_the_test_link_away_only(void **state)
{
	struct release_fixture *fixture = *state;

	assert_int_equal(point(fixture, "vm01", LINK_TEST, "L1"), 0);
	assert_int_equal(put2prod(fixture), 0);
	assert_int_equal(point(fixture, "vm01", LINK_TEST, "L2"), 0);
	assert_int_equal(put2prod(fixture), 0);
	assert_int_equal(point(fixture, "vm01", LINK_TEST, "L2"), 0);
	assert_int_equal(put2prod(fixture), 0);
	assert_links(fixture, "", "L2", "L1");
}

/* 59 */
static void put2prod__of_one_system_leaves_the_others(void **state)
{
	struct release_fixture *fixture = *state;
	struct system_info info;

	assert_int_equal(system_add(fixture->systems, "vm02", TEST_UID, &info), 0);
	assert_int_equal(point(fixture, "vm02", LINK_TEST, "L1"), 0);
	assert_int_equal(point(fixture, "vm01", LINK_TEST, "L1"), 0);
	assert_int_equal(put2prod(fixture), 0);
	assert_string_equal(link_of(fixture, "vm02", LINK_TEST), "L1");
	assert_string_equal(link_of(fixture, "vm02", LINK_PRODUCTION), "");
}

static void move__every_other_pair_is_refused(void **state)
{
	struct release_fixture *fixture = *state;

	assert_int_equal(point(fixture, "vm01", LINK_PRODUCTION, "L1"), 0);
	assert_int_equal(point(fixture, "vm01", LINK_TEST, "L2"), 0);
	for (int from = 0; from < LINK_COUNT; from++)
		for (int to = 0; to < LINK_COUNT; to++)
			if (to != LINK_PRODUCTION || from == LINK_PRODUCTION)
				assert_int_equal(move(fixture, from, to), -CSM_FIXED_ENTRY);
	assert_links(fixture, "L2", "L1", "");
}

/* ---- roll back (58) ---- */

static void rollback__brings_the_former_level_back_and_keeps_the_other(void **state)
{
	struct release_fixture *fixture = *state;

	assert_int_equal(point(fixture, "vm01", LINK_PRODUCTION, "L1"), 0);
	assert_int_equal(roll_back(fixture), -ENOENT);
	assert_int_equal(point(fixture, "vm01", LINK_TEST, "L2"), 0);
	assert_int_equal(put2prod(fixture), 0);
	assert_int_equal(roll_back(fixture), 0);
	assert_links(fixture, "", "L1", "L2");
	assert_int_equal(roll_back(fixture), 0);
	assert_links(fixture, "", "L2", "L1");
}

static void rollback__leaves_the_level_under_test(void **state)
{
	struct release_fixture *fixture = *state;

	assert_int_equal(point(fixture, "vm01", LINK_PRODUCTION, "L1"), 0);
	assert_int_equal(point(fixture, "vm01", LINK_TEST, "L2"), 0);
	assert_int_equal(put2prod(fixture), 0);
	assert_int_equal(point(fixture, "vm01", LINK_TEST, "L3"), 0);
	assert_int_equal(roll_back(fixture), 0);
	assert_links(fixture, "L3", "L1", "L2");
}

/* ---- what a link holds ---- */

/* 41: each of the three links keeps its level from being deleted. */
static void link__keeps_its_level(void **state)
{
	struct release_fixture *fixture = *state;

	assert_int_equal(point(fixture, "vm01", LINK_PRODUCTION, "L1"), 0);
	assert_int_equal(point(fixture, "vm01", LINK_TEST, "L2"), 0);
	assert_int_equal(put2prod(fixture), 0);
	assert_int_equal(point(fixture, "vm01", LINK_TEST, "L3"), 0);
	assert_true(systems_use_level(fixture->systems, id_of(fixture, "L1")));
	assert_true(systems_use_level(fixture->systems, id_of(fixture, "L2")));
	assert_true(systems_use_level(fixture->systems, id_of(fixture, "L3")));
	assert_false(systems_use_level(fixture->systems, id_of(fixture, "BASE")));
	assert_int_equal(level_delete_at(fixture, "L3"), -CSM_LEVEL_ON_SYSTEM);
	assert_int_equal(system_delete(fixture->systems, "vm01", TEST_UID), 0);
	assert_int_equal(level_delete_at(fixture, "L3"), 0);
}

static void link__changes_are_logged_with_the_level(void **state)
{
	struct release_fixture *fixture = *state;
	char *line;

	assert_int_equal(point(fixture, "vm01", LINK_TEST, "L3"), 0);
	line = last_log_line(fixture);
	assert_non_null(strstr(line, "uid=7 test vm01 ok"));
	assert_non_null(strstr(line, "L3"));
	free(line);
	assert_int_equal(put2prod(fixture), -CSM_NOT_STABLE);
	line = last_log_line(fixture);
	assert_non_null(strstr(line, "uid=7 production vm01 refused NOT_STABLE"));
	assert_non_null(strstr(line, "L3"));
	free(line);
	assert_int_equal(drop(fixture, LINK_TEST), 0);
	line = last_log_line(fixture);
	assert_non_null(strstr(line, "uid=7 droplink vm01 ok"));
	free(line);
	assert_int_equal(roll_back(fixture), -ENOENT);
	line = last_log_line(fixture);
	assert_non_null(strstr(line, "uid=7 rollback vm01"));
	free(line);
}

/* ---- crashes ---- */

static void prepare_put2prod(struct release_fixture *fixture)
{
	prepare(fixture);
	assert_int_equal(point(fixture, "vm01", LINK_PRODUCTION, "L1"), 0);
	assert_int_equal(point(fixture, "vm01", LINK_TEST, "L2"), 0);
}

static bool is_tested(struct release_fixture *fixture)
{
	return links_are(fixture, "L2", "L1", "");
}

static bool is_in_production(struct release_fixture *fixture)
{
	return links_are(fixture, "", "L2", "L1");
}

/* 56 */
static void put2prod__a_crash_leaves_the_old_links_or_the_new(void **state)
{
	(void)state;
	release_crash(
		&(struct crash_case){ prepare_put2prod, put2prod, is_tested, is_in_production });
}

static void prepare_rollback(struct release_fixture *fixture)
{
	prepare_put2prod(fixture);
	assert_int_equal(put2prod(fixture), 0);
}

static bool is_rolled_back(struct release_fixture *fixture)
{
	return links_are(fixture, "", "L1", "L2");
}

static void rollback__a_crash_leaves_the_old_links_or_the_new(void **state)
{
	(void)state;
	release_crash(&(struct crash_case){ prepare_rollback, roll_back, is_in_production,
					    is_rolled_back });
}

#define WITH_LEVELS(test) cmocka_unit_test_setup_teardown(test, setup, release_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_LEVELS(test__any_level_may_be_tested),
		WITH_LEVELS(test__an_unknown_level_is_refused),
		WITH_LEVELS(test__the_link_flips_only_when_it_changes),
		WITH_LEVELS(test__level_and_system_must_agree_in_esm),
		WITH_LEVELS(test__a_system_without_esm_setting_is_nonesm),
		WITH_LEVELS(production__may_be_said_once_of_a_locked_level),
		WITH_LEVELS(production__is_not_said_of_a_system_that_tests),
		WITH_LEVELS(previous__is_never_set_by_hand),
		WITH_LEVELS(remove__test_and_previous_but_not_production),
		WITH_LEVELS(put2prod__makes_the_tested_level_production_and_keeps_the_former),
		WITH_LEVELS(put2prod__a_test_level_is_refused),
		WITH_LEVELS(put2prod__without_a_tested_level_is_refused),
		WITH_LEVELS(put2prod__a_locked_base_may_go_into_production),
		cmocka_unit_test_setup_teardown(put2prod__a_base_still_being_written_is_refused,
						release_setup, release_teardown),
		WITH_LEVELS(put2prod__an_esm_setting_changed_meanwhile_is_refused),
		WITH_LEVELS(put2prod__of_what_it_runs_takes_the_test_link_away_only),
		WITH_LEVELS(put2prod__of_one_system_leaves_the_others),
		WITH_LEVELS(move__every_other_pair_is_refused),
		WITH_LEVELS(rollback__brings_the_former_level_back_and_keeps_the_other),
		WITH_LEVELS(rollback__leaves_the_level_under_test),
		WITH_LEVELS(link__keeps_its_level),
		WITH_LEVELS(link__changes_are_logged_with_the_level),
		cmocka_unit_test(put2prod__a_crash_leaves_the_old_links_or_the_new),
		cmocka_unit_test(rollback__a_crash_leaves_the_old_links_or_the_new),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
