/*
 * Lines for a person, caught by an injected sink.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "store/base/log.h"

struct caught {
	enum log_level level;
	char text[2 * LOG_LINE_MAX];
	unsigned lines;
};

static void catch_line(void *context, enum log_level level, const char *text)
{
	struct caught *caught = context;

	caught->level = level;
	caught->lines++;
	snprintf(caught->text, sizeof caught->text, "%s", text);
}

static void log__gives_the_line_and_its_level_to_the_sink(void **state)
{
	struct caught caught = { 0 };

	(void)state;
	log_inject(catch_line, &caught);
	log_line(LOG_LEVEL_WARNING, "store %s: %d", "x", 3);
	log_inject(NULL, NULL);
	assert_int_equal(caught.lines, 1);
	assert_int_equal(caught.level, LOG_LEVEL_WARNING);
	assert_string_equal(caught.text, "store x: 3");
}

static void log__keeps_a_line_one_line(void **state)
{
	struct caught caught = { 0 };

	(void)state;
	log_inject(catch_line, &caught);
	log_line(LOG_LEVEL_ERROR, "a\nb\tc\x7f");
	log_inject(NULL, NULL);
	assert_string_equal(caught.text, "a?b?c?");
}

static void log__cuts_a_long_line(void **state)
{
	struct caught caught = { 0 };

	(void)state;
	log_inject(catch_line, &caught);
	log_line(LOG_LEVEL_ERROR, "%05000d", 1);
	log_inject(NULL, NULL);
	assert_int_equal(strlen(caught.text), LOG_LINE_MAX - 1);
}

static void log__keeps_errno(void **state)
{
	struct caught caught = { 0 };

	(void)state;
	log_inject(catch_line, &caught);
	errno = EXDEV;
	log_line(LOG_LEVEL_ERROR, "%s", "x");
	log_inject(NULL, NULL);
	assert_int_equal(errno, EXDEV);
}

/* What log_line() writes to stderr with the level open. */
static void written_to_stderr(enum log_level open, enum log_level level, char *ret_text,
			      size_t size)
{
	FILE *file = tmpfile();
	int saved = dup(STDERR_FILENO);
	size_t got;

	assert_non_null(file);
	assert_true(dup2(fileno(file), STDERR_FILENO) >= 0);
	log_open(LOG_TO_STDERR, open, "prog");
	log_line(level, "hello");
	assert_true(dup2(saved, STDERR_FILENO) >= 0);
	close(saved);
	rewind(file);
	got = fread(ret_text, 1, size - 1, file);
	ret_text[got] = '\0';
	fclose(file);
}

static void log__writes_the_program_and_the_line_to_stderr(void **state)
{
	char text[100];

	(void)state;
	written_to_stderr(LOG_LEVEL_NOTICE, LOG_LEVEL_NOTICE, text, sizeof text);
	assert_string_equal(text, "prog: hello\n");
}

static void log__drops_lines_above_the_level(void **state)
{
	char text[100];

	(void)state;
	written_to_stderr(LOG_LEVEL_NOTICE, LOG_LEVEL_DEBUG, text, sizeof text);
	assert_string_equal(text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(log__gives_the_line_and_its_level_to_the_sink),
		cmocka_unit_test(log__keeps_a_line_one_line),
		cmocka_unit_test(log__cuts_a_long_line),
		cmocka_unit_test(log__keeps_errno),
		cmocka_unit_test(log__writes_the_program_and_the_line_to_stderr),
		cmocka_unit_test(log__drops_lines_above_the_level),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
