/*
 * Tables by libsmartcols, as lsblk and findmnt print theirs.
 *
 * libsmartcols prints nothing at all for a table without lines; a JSON reader wants an
 * empty array then.
 */
#include "tools/print.h"

#include <errno.h>
#include <libsmartcols.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int add_columns(struct libscols_table *table, const struct print_column *columns,
		       size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int flags = columns[i].is_wide && isatty(STDOUT_FILENO) ? SCOLS_FL_TRUNC : 0;

		if (!scols_table_new_column(table, columns[i].heading, 0, flags))
			return -ENOMEM;
	}
	return 0;
}

static int add_line(struct libscols_table *table, const char *const *cells, size_t count)
{
	struct libscols_line *line = scols_table_new_line(table, NULL);

	if (!line)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		if (cells[i] && *cells[i] && scols_line_set_data(line, i, cells[i]))
			return -ENOMEM;
	return 0;
}

static int fill_and_print(struct libscols_table *table, const char *name,
			  const struct print_column *columns, size_t column_count,
			  const char *const *cells, size_t row_count, bool json)
{
	int code = add_columns(table, columns, column_count);

	if (!code && json)
		code = scols_table_set_name(table, name);
	if (!code && json)
		code = scols_table_enable_json(table, 1);
	for (size_t row = 0; row < row_count && !code; row++)
		code = add_line(table, cells + row * column_count, column_count);
	if (code)
		return code;
	scols_table_enable_noencoding(table, json);
	return scols_print_table(table) ? -EIO : 0;
}

int print_table(const char *name, const struct print_column *columns, size_t column_count,
		const char *const *cells, size_t row_count, bool json)
{
	struct libscols_table *table;
	int code;

	if (row_count == 0 && json)
		return printf("{\n   \"%s\": []\n}\n", name) < 0 || fflush(stdout) ? -EIO : 0;
	table = scols_new_table();
	if (!table)
		return -ENOMEM;
	code = fill_and_print(table, name, columns, column_count, cells, row_count, json);
	scols_unref_table(table);
	if (!code && fflush(stdout))
		code = -EIO;
	return code;
}

void print_error_line(const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "%s: ", program_invocation_short_name);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
}

enum exit_code exit_code_of(int code)
{
	switch (-code) {
	case 0:
		return EXIT_DONE;
	case EIO:
	case ENOMEM:
	case ENOTCONN:
	case ESTALE:
	case ETIMEDOUT:
	case EUCLEAN:
	case EBADMSG:
	case EMFILE:
	case ENFILE:
	case ENOSYS:
	case EAGAIN:
	case EINTR:
		return EXIT_SYSTEM;
	default:
		return EXIT_REFUSED;
	}
}
