/*
 * Reading and comparing golden files.
 */
#include "tests/support/golden.h"

#include <stdio.h>
#include <stdlib.h>

void golden_line(struct buffer *text, const char *name, struct slice bytes)
{
	const uint8_t *byte = bytes.data;

	buffer_printf(text, "%s ", name);
	for (size_t i = 0; i < bytes.size; i++)
		buffer_printf(text, "%02x", byte[i]);
	buffer_text(text, "\n");
}

void golden_check(const char *path, struct buffer *text)
{
	char *actual = buffer_detach_text(text), *golden = NULL;
	size_t capacity = 0;
	FILE *file = fopen(path, "r");

	assert_non_null(actual);
	if (!file)
		print_error("no %s; it would hold:\n%s", path, actual);
	assert_non_null(file);
	assert_true(getdelim(&golden, &capacity, 0, file) > 0);
	fclose(file);
	assert_string_equal(actual, golden);
	free(golden);
	free(actual);
}
