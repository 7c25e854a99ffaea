/*
 * What programs on the mount print: tables, for people or as JSON, and lines about errors.
 */
#ifndef TOOLS_PRINT_H
#define TOOLS_PRINT_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/exit_code.h"

struct print_column {
	const char *heading;
	bool is_wide; /* free text: wrapped or cut first when the line is too narrow */
};

/*
 * Prints rows of cells to stdout; cells are rows * columns texts, row by row. As JSON the
 * rows are an array called name, keys are the headings in lower case, an empty cell is
 * null. 0 or -ENOMEM, -EIO.
 */
int print_table(const char *name, const struct print_column *columns, size_t column_count,
		const char *const *cells, size_t row_count, bool json);

/* One line to stderr, "servmgr: ..." with the program's name in front. */
void print_error_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The exit code for the negative errno an operation on the mount ended with. */
enum exit_code exit_code_of(int code);

#endif
