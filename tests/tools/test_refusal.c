/*
 * Finding the words of a refusal in the control log.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tools/refusal.h"
#include "tools/scope.h"

static const char log_text[] =
	"2026-11-24T22:05:07Z uid=0 lock VM01 ok\n"
	"2026-11-24T22:05:08Z uid=0 unlock VM01 refused LEVEL_STABLE: stays for ever; make a new level\n"
	"2026-11-24T22:05:09Z uid=0 write VM02/BUILD/CP/a b refused LEVEL_LOCKED: the level is locked; unlock it\n"
	"2026-11-24T22:05:10Z uid=5 test vm1 refused ESM_DIFFERS: they differ; set one\n"
	"2026-11-24T22:05:11Z uid=5 test vm1 ok\n"
	"2026-11-24T22:05:12Z uid=0 scrub .csmfs/scrub refused SCRUB_RUNNING: it runs; stop it (start)\n"
	"2026-11-24T22:05:12Z uid=0 lock OTHER refused VALUE_BAD: no; see\n";

#define LOG_START 1795557907 /* the first line's time */

static void assert_reason(const char *name, time_t since, const char *expected)
{
	_cleanup_free_ char *reason = NULL;

	assert_int_equal(refusal_find(log_text, name, since, &reason), 0);
	assert_string_equal(reason, expected);
}

static void assert_no_reason(const char *name, time_t since)
{
	char *reason = NULL;

	assert_int_equal(refusal_find(log_text, name, since, &reason), -ENOENT);
	assert_null(reason);
}

static void refusal__the_line_about_the_level_is_found(void **state)
{
	(void)state;
	assert_reason("VM01", LOG_START,
		      "unlock VM01 refused LEVEL_STABLE: stays for ever; make a new level");
}

static void refusal__of_the_mount_itself_is_one_about_the_whole_store(void **state)
{
	(void)state;
	assert_reason("", LOG_START,
		      "scrub .csmfs/scrub refused SCRUB_RUNNING: it runs; stop it (start)");
}

static void refusal__a_line_about_something_in_the_level_counts(void **state)
{
	(void)state;
	assert_reason(
		"VM02/PACKAGE", LOG_START,
		"write VM02/BUILD/CP/a b refused LEVEL_LOCKED: the level is locked; unlock it");
}

static void refusal__a_system_is_found_by_its_name_without_regard_to_case(void **state)
{
	(void)state;
	assert_reason("systems/VM1/test", LOG_START,
		      "test vm1 refused ESM_DIFFERS: they differ; set one");
}

static void refusal__an_older_line_does_not_count(void **state)
{
	(void)state;
	assert_reason("VM01", LOG_START + 1,
		      "unlock VM01 refused LEVEL_STABLE: stays for ever; make a new level");
	assert_no_reason("VM01", LOG_START + 2);
}

static void refusal__another_object_does_not_count(void **state)
{
	(void)state;
	assert_no_reason("VM0", LOG_START);
	assert_no_reason("systems/other1", LOG_START);
}

static void refusal__the_newest_of_several_lines_is_taken(void **state)
{
	static const char twice[] = "2026-11-24T22:05:07Z uid=0 lock A refused ONE: x; y\n"
				    "2026-11-24T22:05:08Z uid=0 lock A refused TWO: x; y";
	_cleanup_free_ char *reason = NULL;

	(void)state;
	assert_int_equal(refusal_find(twice, "A", LOG_START, &reason), 0);
	assert_string_equal(reason, "lock A refused TWO: x; y");
}

static void refusal__a_backup_is_found_by_its_name(void **state)
{
	static const char log[] =
		"2026-11-24T22:05:07Z uid=0 backup .csmfs/backups/A refused BACKUP_EXISTS: no; other\n"
		"2026-11-24T22:05:08Z uid=0 backup .csmfs/backups/B refused NAME_BAD: no; other\n";
	_cleanup_free_ char *reason = NULL;

	(void)state;
	assert_int_equal(refusal_find(log, ".csmfs/backups/a", LOG_START, &reason), 0);
	assert_string_equal(reason, "backup .csmfs/backups/A refused BACKUP_EXISTS: no; other");
}

static void refusal__a_text_that_is_no_log_has_none(void **state)
{
	char *reason = NULL;

	(void)state;
	assert_int_equal(refusal_find("", "A", 0, &reason), -ENOENT);
	assert_int_equal(refusal_find("lock A refused X: y", "A", 0, &reason), -ENOENT);
	assert_int_equal(refusal_find("2026-11-24T22:05:07Z\n\n2026-11-24T22:05:07Z uid=0\n", "A",
				      0, &reason),
			 -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refusal__the_line_about_the_level_is_found),
		cmocka_unit_test(refusal__of_the_mount_itself_is_one_about_the_whole_store),
		cmocka_unit_test(refusal__a_line_about_something_in_the_level_counts),
		cmocka_unit_test(refusal__a_system_is_found_by_its_name_without_regard_to_case),
		cmocka_unit_test(refusal__an_older_line_does_not_count),
		cmocka_unit_test(refusal__another_object_does_not_count),
		cmocka_unit_test(refusal__the_newest_of_several_lines_is_taken),
		cmocka_unit_test(refusal__a_backup_is_found_by_its_name),
		cmocka_unit_test(refusal__a_text_that_is_no_log_has_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
