/*
 * docs/protocol.md says what the tables of the program say, row by row and in their order.
 * Run from the top of the sources, as make check does.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "fs/control.h"
#include "fs/protocol.h"
#include "fs/virtual.h"

#define PAGE	 "docs/protocol.md"
#define ROWS_MAX 64
#define COLUMNS	 4

struct table {
	char cell[ROWS_MAX][COLUMNS][256];
	size_t rows;
};

/* Cells without blanks at their ends and without backquotes. */
static void take_cells(char *line, char (*cell)[256])
{
	char *at = line + 1, *text;

	for (int column = 0; column < COLUMNS && (text = strsep(&at, "|")); column++) {
		size_t size = 0;

		for (; *text; text++)
			if (*text != '`' && *text != '\n' && (*text != ' ' || size) && size < 255)
				cell[column][size++] = *text;
		while (size && cell[column][size - 1] == ' ')
			size--;
		cell[column][size] = 0;
	}
}

/* The rows between <!-- name --> and <!-- /name -->, without head and rule. */
static void read_table(const char *name, struct table *ret_table)
{
	char begin[64], end[64], line[1024];
	FILE *page = fopen(PAGE, "re");
	bool inside = false;
	int skip = 2;

	assert_non_null(page);
	memset(ret_table, 0, sizeof(*ret_table));
	snprintf(begin, sizeof(begin), "<!-- %s -->\n", name);
	snprintf(end, sizeof(end), "<!-- /%s -->\n", name);
	while (fgets(line, sizeof(line), page) && strcmp(line, end) != 0) {
		if (inside && line[0] == '|' && skip-- <= 0) {
			assert_true(ret_table->rows < ROWS_MAX);
			take_cells(line, ret_table->cell[ret_table->rows++]);
		}
		inside |= strcmp(line, begin) == 0;
	}
	fclose(page);
	assert_true(inside);
}

static const char *object_of(enum control_where where)
{
	switch (where) {
	case CONTROL_LEVEL:
		return "level";
	case CONTROL_SYSTEM:
		return "system";
	case CONTROL_ROOT:
		return "root";
	default:
		return "file";
	}
}

static void control_attributes__are_those_of_the_page(void **state)
{
	struct table page;
	size_t count;
	const struct control *table = control_table(&count);
	char name[64];

	(void)state;
	read_table("controls", &page);
	assert_int_equal(page.rows, count);
	for (size_t i = 0; i < count; i++) {
		snprintf(name, sizeof(name), PROTOCOL_PREFIX "%s", table[i].name);
		assert_string_equal(page.cell[i][0], name);
		assert_string_equal(page.cell[i][1], object_of(table[i].where));
		assert_string_equal(page.cell[i][2], table[i].set ? "yes" : "no");
		assert_true(page.cell[i][3][0] != 0);
	}
}

static void virtual_files__are_those_of_the_page(void **state)
{
	struct table page;
	size_t count;
	const struct virtual *table = virtual_table(&count);
	char path[64];

	(void)state;
	read_table("virtual", &page);
	assert_int_equal(page.rows, count);
	for (size_t i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "/%s%s",
			 table[i].directory == FIXED_CONTROL ? PROTOCOL_CONTROL "/" : "",
			 table[i].name);
		assert_string_equal(page.cell[i][0], path);
	}
}

/* The n-th "# TYPE name type" of the text, in order. */
static bool next_type(const char **at, char name[64], char type[16])
{
	const char *found = strstr(*at, "# TYPE ");

	if (!found)
		return false;
	assert_int_equal(sscanf(found, "# TYPE %63s %15s", name, type), 2);
	*at = found + 1;
	return true;
}

static void metrics__are_those_of_the_page(void **state)
{
	struct buffer text = BUFFER_INIT;
	struct store *store;
	struct mount *mount;
	struct table page;
	const char *at;
	char name[64], type[16];
	size_t row = 0;

	(void)state;
	read_table("metrics", &page);
	assert_int_equal(store_open_memory("720", &store), 0);
	assert_int_equal(mount_open(store, "", NULL, &mount), 0);
	assert_int_equal(metrics_text(mount, &text), 0);
	buffer_u8(&text, 0);
	at = (const char *)text.data;
	while (next_type(&at, name, type)) {
		assert_true(row < page.rows);
		assert_string_equal(page.cell[row][0], name);
		assert_string_equal(page.cell[row][1], type);
		row++;
	}
	assert_int_equal(row, page.rows);
	buffer_release(&text);
	mount_close(mount);
	store_close(store);
}

static void version__has_the_lines_of_the_page(void **state)
{
	const struct virtual *version = virtual_named(FIXED_CONTROL, PROTOCOL_VERSION);
	struct buffer text = BUFFER_INIT;
	struct store *store;
	struct mount *mount;

	(void)state;
	assert_int_equal(store_open_memory("720", &store), 0);
	assert_int_equal(mount_open(store, "", NULL, &mount), 0);
	assert_int_equal(version->render(mount, 0, &text), 0);
	buffer_u8(&text, 0);
	assert_ptr_equal(strstr((char *)text.data,
				"csmfs " CSMFS_VERSION "\nformat 1\nrelease 720\nuuid "),
			 text.data);
	buffer_release(&text);
	mount_close(mount);
	store_close(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(control_attributes__are_those_of_the_page),
		cmocka_unit_test(virtual_files__are_those_of_the_page),
		cmocka_unit_test(metrics__are_those_of_the_page),
		cmocka_unit_test(version__has_the_lines_of_the_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
