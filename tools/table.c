/*
 * Reads ':TAG.value' records.
 *
 * One copy of the text is cut in place: records and fields only point into it. A line
 * that is not of the form is an error and not skipped: the tables have one writer, so
 * it means that this is not a table.
 */
#include "tools/table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int add_record(struct table *table)
{
	struct table_record *records =
		reallocarray(table->records, table->count + 1, sizeof(*records));

	if (!records)
		return -ENOMEM;
	table->records = records;
	table->records[table->count] = (struct table_record){ NULL, 0 };
	table->count++;
	return 0;
}

static int add_field(struct table_record *record, const char *tag, const char *value)
{
	struct table_field *fields =
		reallocarray(record->fields, record->count + 1, sizeof(*fields));

	if (!fields)
		return -ENOMEM;
	record->fields = fields;
	record->fields[record->count] = (struct table_field){ tag, value };
	record->count++;
	return 0;
}

/* Cuts ':TAG.value' in two; the value may hold further dots. */
static int split_line(char *line, const char **ret_tag, const char **ret_value)
{
	char *dot = strchr(line, '.');

	if (line[0] != ':' || !dot || dot == line + 1)
		return -EBADMSG;
	*dot = '\0';
	if (strpbrk(line, " \t"))
		return -EBADMSG;
	*ret_tag = line + 1;
	*ret_value = dot + 1;
	return 0;
}

static int parse_line(struct table *table, char *line, int *in_record)
{
	const char *tag, *value;
	int code;

	if (line[0] == '\0') {
		*in_record = 0;
		return 0;
	}
	code = split_line(line, &tag, &value);
	if (!code && !*in_record)
		code = add_record(table);
	if (code)
		return code;
	*in_record = 1;
	return add_field(&table->records[table->count - 1], tag, value);
}

int table_parse(const char *text, struct table *ret_table, size_t *ret_line)
{
	char *rest;
	int code = 0, in_record = 0;
	size_t line;

	*ret_table = (struct table)TABLE_INIT;
	ret_table->text = strdup(text);
	if (!ret_table->text)
		return -ENOMEM;
	rest = ret_table->text;
	for (line = 1; rest && !code; line++) {
		char *now = strsep(&rest, "\n");

		code = parse_line(ret_table, now, &in_record);
		if (code && ret_line)
			*ret_line = line;
	}
	if (code)
		table_release(ret_table);
	return code;
}

void table_release(struct table *table)
{
	for (size_t i = 0; i < table->count; i++)
		free(table->records[i].fields);
	free(table->records);
	free(table->text);
	*table = (struct table)TABLE_INIT;
}

const char *table_value(const struct table_record *record, const char *tag)
{
	for (size_t i = 0; i < record->count; i++)
		if (strcasecmp(record->fields[i].tag, tag) == 0)
			return record->fields[i].value;
	return "";
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

char *table_decode(const char *value)
{
	char *text = strdup(value), *out = text;

	for (const char *at = value; text && *at; at++) {
		int high = at[0] == '\\' && at[1] == 'x' ? hex_digit(at[2]) : -1;
		int low = high >= 0 ? hex_digit(at[3]) : -1;

		if (low >= 0 && (high || low)) {
			*out++ = (char)(high << 4 | low);
			at += 3;
		} else {
			*out++ = *at;
		}
	}
	if (out)
		*out = '\0';
	return text;
}

const struct table_record *table_find(const struct table *table, const char *tag, const char *value)
{
	for (size_t i = 0; i < table->count; i++)
		if (strcasecmp(table_value(&table->records[i], tag), value) == 0)
			return &table->records[i];
	return NULL;
}
