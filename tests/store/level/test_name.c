/*
 * Names of levels, systems and releases (behaviours 5 to 7 in csmfs's form).
 */
#include "tests/support/release_fixture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int try_add(struct release_fixture *fixture, const char *name)
{
	struct level *level;
	int err = level_add(fixture->filespace, name, TEST_UID, &level);

	if (!err)
		level_put(level);
	return err;
}

static void name__letters_digits_and_three_marks_pass(void **state)
{
	(void)state;
	assert_int_equal(name_check("a"), 0);
	assert_int_equal(name_check("VM010802_BLD2"), 0);
	assert_int_equal(name_check("_a.b-c_9"), 0);
}

static void name__64_characters_pass_and_65_do_not(void **state)
{
	char name[66] = { 0 };

	(void)state;
	memset(name, 'N', 64);
	assert_int_equal(name_check(name), 0);
	memset(name, 'N', 65);
	assert_int_equal(name_check(name), -CSM_NAME_BAD);
}

static void name__empty_is_refused(void **state)
{
	(void)state;
	assert_int_equal(name_check(""), -CSM_NAME_BAD);
}

static void name__a_dot_or_dash_in_front_is_refused(void **state)
{
	(void)state;
	assert_int_equal(name_check(".a"), -CSM_NAME_BAD);
	assert_int_equal(name_check("-a"), -CSM_NAME_BAD);
	assert_int_equal(name_check(".."), -CSM_NAME_BAD);
}

static void name__every_other_byte_is_refused(void **state)
{
	char name[3] = "ax";

	(void)state;
	for (int c = 1; c < 256; c++) {
		bool allowed = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
			       (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';

		name[1] = (char)c;
		assert_int_equal(name_check(name), allowed ? 0 : -CSM_NAME_BAD);
	}
}

/* 6: BASE cannot be used as a new name; nor the names of the layout. */
static void add__reserved_names_are_refused_in_any_case(void **state)
{
	static const char *const names[] = { "BASE",  "base",  "Systems", "SVCSTAT", "sysstat",
					     "DELTA", "Build", "APPLY",	  "package" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(try_add(*state, names[i]), -CSM_NAME_RESERVED);
}

static void add__a_name_that_only_starts_like_a_reserved_one_passes(void **state)
{
	assert_int_equal(try_add(*state, "BASE2"), 0);
}

static void add__a_bad_name_is_refused(void **state)
{
	assert_int_equal(try_add(*state, ".L"), -CSM_NAME_BAD);
	assert_int_equal(try_add(*state, "a b"), -CSM_NAME_BAD);
}

/* 5, 6: names that differ by case are one name. */
static void add__the_same_name_in_other_case_is_refused(void **state)
{
	assert_int_equal(try_add(*state, "vm_a"), 0);
	assert_int_equal(try_add(*state, "vm_a"), -CSM_LEVEL_EXISTS);
	assert_int_equal(try_add(*state, "VM_A"), -CSM_LEVEL_EXISTS);
	release_reopen(*state);
	assert_int_equal(try_add(*state, "Vm_a"), -CSM_LEVEL_EXISTS);
}

static void find__is_exact_in_the_tree_and_folded_for_commands(void **state)
{
	struct release_fixture *fixture = *state;
	struct level *level;

	level_made(fixture, "vm_a", "BASE");
	assert_int_equal(filespace_level(fixture->filespace, "VM_A", &level), -ENOENT);
	assert_int_equal(filespace_level_folded(fixture->filespace, "VM_A", &level), 0);
	assert_string_equal(level_name(level), "vm_a");
	level_put(level);
}

static void find__among_many_each_by_name_and_by_id(void **state)
{
	struct release_fixture *fixture = *state;
	struct level *level;
	char name[16];

	for (int i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "L%d", i * 7919 % 200);
		level_made(fixture, name, "BASE");
	}
	release_reopen(fixture);
	for (int i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "L%d", i);
		assert_int_equal(filespace_level_by_id(fixture->filespace,
						       level_id(level_at(fixture, name)), &level),
				 0);
		assert_string_equal(level_name(level), name);
		level_put(level);
	}
}

static void release__is_three_digits(void **state)
{
	(void)state;
	assert_int_equal(release_check("720"), 0);
	assert_int_equal(release_check("72"), -CSM_RELEASE_BAD);
	assert_int_equal(release_check("7200"), -CSM_RELEASE_BAD);
	assert_int_equal(release_check("72a"), -CSM_RELEASE_BAD);
	assert_int_equal(release_check(""), -CSM_RELEASE_BAD);
}

/* 3: a second INITIALIZE of one release is refused, another release is independent. */
static void release__is_made_once_and_others_are_independent(void **state)
{
	struct release_fixture *fixture = *state;
	struct filespace *other;
	struct level *level;

	assert_int_equal(filespace_create(fixture->trees, "720"), -CSM_RELEASE_EXISTS);
	assert_int_equal(filespace_create(fixture->trees, "73x"), -CSM_RELEASE_BAD);
	assert_int_equal(filespace_create(fixture->trees, "730"), 0);
	assert_int_equal(filespace_open(fixture->trees, "730", &other), 0);
	level_made(fixture, "L1", "BASE");
	assert_int_equal(filespace_level(other, "L1", &level), -ENOENT);
	assert_int_equal(level_add(other, "L1", TEST_UID, &level),
			 0); /* 6: the same name elsewhere */
	assert_int_not_equal(level_id(level), level_id(level_at(fixture, "L1")));
	level_put(level);
	filespace_close(other);
}

static void release__unknown_does_not_open(void **state)
{
	struct release_fixture *fixture = *state;
	struct filespace *other;

	assert_int_equal(filespace_open(fixture->trees, "999", &other), -CSM_RELEASE_UNKNOWN);
	assert_int_equal(filespace_open(fixture->trees, "x", &other), -CSM_RELEASE_UNKNOWN);
}

static void release__all_are_listed_in_order(void **state)
{
	static const char expected[] = "100\0"
				       "720\0"
				       "999";
	struct release_fixture *fixture = *state;
	struct buffer names = BUFFER_INIT;

	assert_int_equal(filespace_create(fixture->trees, "999"), 0);
	assert_int_equal(filespace_create(fixture->trees, "100"), 0);
	assert_int_equal(filespace_releases(trees_kv(fixture->trees), &names), 0);
	assert_int_equal(names.size, sizeof(expected));
	assert_memory_equal(names.data, expected, sizeof(expected));
	buffer_release(&names);
}

#define WITH_RELEASE(test) cmocka_unit_test_setup_teardown(test, release_setup, release_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(name__letters_digits_and_three_marks_pass),
		cmocka_unit_test(name__64_characters_pass_and_65_do_not),
		cmocka_unit_test(name__empty_is_refused),
		cmocka_unit_test(name__a_dot_or_dash_in_front_is_refused),
		cmocka_unit_test(name__every_other_byte_is_refused),
		WITH_RELEASE(add__reserved_names_are_refused_in_any_case),
		WITH_RELEASE(add__a_name_that_only_starts_like_a_reserved_one_passes),
		WITH_RELEASE(add__a_bad_name_is_refused),
		WITH_RELEASE(add__the_same_name_in_other_case_is_refused),
		WITH_RELEASE(find__is_exact_in_the_tree_and_folded_for_commands),
		WITH_RELEASE(find__among_many_each_by_name_and_by_id),
		cmocka_unit_test(release__is_three_digits),
		WITH_RELEASE(release__is_made_once_and_others_are_independent),
		WITH_RELEASE(release__unknown_does_not_open),
		WITH_RELEASE(release__all_are_listed_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
