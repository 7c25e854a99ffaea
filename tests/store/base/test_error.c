/*
 * The table of codes: whoever adds a row wrongly (a number twice, no text, no errno) is
 * told here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "store/base/error.h"

static const struct {
	int number;
	const char *name;
	int err;
} table[] = {
#define ROW(number, name, err, rule, way) { (number), #name, (err) },
	CSM_ERRORS(ROW)
#undef ROW
};

#define ROWS (sizeof table / sizeof table[0])

static void error__every_number_is_unique_and_above_the_errnos(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		assert_true(table[i].number > 1024);
		for (size_t j = 0; j < i; j++)
			assert_int_not_equal(table[i].number, table[j].number);
	}
}

static void error__every_code_answers_with_its_errno(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		assert_in_range(table[i].err, 1, 133);
		assert_int_equal(error_errno(-table[i].number), table[i].err);
	}
}

static void error__every_code_answers_with_its_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS; i++)
		assert_string_equal(error_name(-table[i].number), table[i].name);
}

static void error__every_code_has_a_rule_and_a_way_out_on_one_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		const char *rule = error_text(-table[i].number);
		const char *way = error_way_out(-table[i].number);

		assert_true(strlen(rule) > 10);
		assert_true(strlen(way) > 10);
		assert_null(strpbrk(rule, "\n\t"));
		assert_null(strpbrk(way, "\n\t"));
	}
}

static void error__a_plain_errno_answers_with_the_words_of_the_system(void **state)
{
	(void)state;
	assert_int_equal(error_errno(-ENOENT), ENOENT);
	assert_string_equal(error_text(-ENOENT), strerror(ENOENT));
	assert_string_equal(error_name(-ENOENT), "");
	assert_string_equal(error_way_out(-ENOENT), "");
}

static void error__zero_is_no_error(void **state)
{
	(void)state;
	assert_int_equal(error_errno(0), 0);
}

static void error__an_unknown_code_is_an_input_output_error(void **state)
{
	(void)state;
	assert_int_equal(error_errno(-99999), EIO);
	assert_int_equal(error_errno(7), EIO);
	assert_string_equal(error_text(-99999), strerror(EIO));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(error__every_number_is_unique_and_above_the_errnos),
		cmocka_unit_test(error__every_code_answers_with_its_errno),
		cmocka_unit_test(error__every_code_answers_with_its_name),
		cmocka_unit_test(error__every_code_has_a_rule_and_a_way_out_on_one_line),
		cmocka_unit_test(error__a_plain_errno_answers_with_the_words_of_the_system),
		cmocka_unit_test(error__zero_is_no_error),
		cmocka_unit_test(error__an_unknown_code_is_an_input_output_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
