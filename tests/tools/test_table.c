/*
 * Reading ':TAG.value' records (behaviour 8).
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tools/scope.h"
#include "tools/table.h"

static const char two_levels[] =
	":SRVLVL.BASE\n:LOCK.ON\n:DESC.\n\n"
	":SRVLVL.VM01_BLD\n:BASEDON.BASE\n:DESC.August RSU, v1.2\n:FUTURE.x\n";

static void parse(const char *text, struct table *ret_table)
{
	assert_int_equal(table_parse(text, ret_table, NULL), 0);
}

static void table__an_empty_line_separates_records(void **state)
{
	_cleanup_(table_release) struct table table = TABLE_INIT;

	(void)state;
	parse(two_levels, &table);
	assert_int_equal(table.count, 2);
	assert_string_equal(table_value(&table.records[0], "SRVLVL"), "BASE");
	assert_string_equal(table_value(&table.records[1], "SRVLVL"), "VM01_BLD");
}

static void table__several_empty_lines_make_no_empty_record(void **state)
{
	_cleanup_(table_release) struct table table = TABLE_INIT;

	(void)state;
	parse("\n\n:A.1\n\n\n:A.2\n\n", &table);
	assert_int_equal(table.count, 2);
}

static void table__a_value_keeps_its_dots_and_blanks(void **state)
{
	_cleanup_(table_release) struct table table = TABLE_INIT;

	(void)state;
	parse(two_levels, &table);
	assert_string_equal(table_value(&table.records[1], "DESC"), "August RSU, v1.2");
}

static void table__an_absent_tag_and_an_empty_one_read_as_empty(void **state)
{
	_cleanup_(table_release) struct table table = TABLE_INIT;

	(void)state;
	parse(two_levels, &table);
	assert_string_equal(table_value(&table.records[0], "DESC"), "");
	assert_string_equal(table_value(&table.records[0], "BASEDON"), "");
}

static void table__a_tag_nobody_knows_is_kept(void **state)
{
	_cleanup_(table_release) struct table table = TABLE_INIT;

	(void)state;
	parse(two_levels, &table);
	assert_int_equal(table.records[1].count, 4);
	assert_string_equal(table.records[1].fields[3].tag, "FUTURE");
	assert_string_equal(table.records[1].fields[3].value, "x");
}

static void table__a_record_is_found_without_regard_to_case(void **state)
{
	_cleanup_(table_release) struct table table = TABLE_INIT;

	(void)state;
	parse(two_levels, &table);
	assert_ptr_equal(table_find(&table, "srvlvl", "vm01_bld"), &table.records[1]);
	assert_null(table_find(&table, "SRVLVL", "VM01"));
}

static void table__an_empty_text_is_an_empty_table(void **state)
{
	_cleanup_(table_release) struct table table = TABLE_INIT;

	(void)state;
	parse("", &table);
	assert_int_equal(table.count, 0);
	assert_null(table_find(&table, "SRVLVL", ""));
}

static void assert_line_bad(const char *text, size_t expected)
{
	struct table table = TABLE_INIT;
	size_t line = 0;

	assert_int_equal(table_parse(text, &table, &line), -EBADMSG);
	assert_int_equal(line, expected);
	assert_int_equal(table.count, 0);
	assert_null(table.records);
}

static void table__a_line_of_another_form_is_refused_with_its_number(void **state)
{
	(void)state;
	assert_line_bad("SRVLVL.BASE\n", 1);
	assert_line_bad(":SRVLVL.BASE\n:LOCK\n", 2);
	assert_line_bad(":A.1\n\n:.x\n", 3);
	assert_line_bad(":A B.x\n", 1);
	assert_line_bad("<html>\n", 1);
}

static void assert_decoded(const char *value, const char *expected)
{
	_cleanup_free_ char *text = table_decode(value);

	assert_non_null(text);
	assert_string_equal(text, expected);
}

static void table__an_escaped_byte_is_decoded(void **state)
{
	(void)state;
	assert_decoded("a\\x0ab\\x5cx41", "a\nb\\x41");
	assert_decoded("plain", "plain");
}

static void table__what_is_no_escape_stays_as_it_is(void **state)
{
	(void)state;
	assert_decoded("\\x4", "\\x4");
	assert_decoded("\\xg0\\", "\\xg0\\");
	assert_decoded("\\x00z", "\\x00z");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table__an_empty_line_separates_records),
		cmocka_unit_test(table__several_empty_lines_make_no_empty_record),
		cmocka_unit_test(table__a_value_keeps_its_dots_and_blanks),
		cmocka_unit_test(table__an_absent_tag_and_an_empty_one_read_as_empty),
		cmocka_unit_test(table__a_tag_nobody_knows_is_kept),
		cmocka_unit_test(table__a_record_is_found_without_regard_to_case),
		cmocka_unit_test(table__an_empty_text_is_an_empty_table),
		cmocka_unit_test(table__a_line_of_another_form_is_refused_with_its_number),
		cmocka_unit_test(table__an_escaped_byte_is_decoded),
		cmocka_unit_test(table__what_is_no_escape_stays_as_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
