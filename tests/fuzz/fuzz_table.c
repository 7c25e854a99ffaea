/*
 * ':TAG.value' tables as servmgr reads them. What was taken apart is written again and must
 * read the same.
 */
#include "tools/table.h"

#include <stdbool.h>
#include <strings.h>

#include "tests/fuzz/fuzz.h"

/* The caller frees. */
static char *write_table(const struct table *table)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	MUST(out);
	for (size_t i = 0; i < table->count; i++) {
		if (i > 0)
			fputc('\n', out);
		for (size_t j = 0; j < table->records[i].count; j++)
			fprintf(out, ":%s.%s\n", table->records[i].fields[j].tag,
				table->records[i].fields[j].value);
	}
	MUST(fclose(out) == 0);
	return text;
}

static void check_same(const struct table *a, const struct table *b)
{
	MUST(a->count == b->count);
	for (size_t i = 0; i < a->count; i++) {
		MUST(a->records[i].count == b->records[i].count && a->records[i].count > 0);
		for (size_t j = 0; j < a->records[i].count; j++) {
			MUST(strcmp(a->records[i].fields[j].tag, b->records[i].fields[j].tag) == 0);
			MUST(strcmp(a->records[i].fields[j].value, b->records[i].fields[j].value) == 0);
		}
	}
}

static void check_values(const struct table *table)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct table_field *field = &table->records[i].fields[0];
		const struct table_record *found = table_find(table, field->tag, field->value);
		char *decoded = table_decode(field->value);

		MUST(decoded && strlen(decoded) <= strlen(field->value));
		free(decoded);
		MUST(found && found <= &table->records[i]);
		MUST(strcasecmp(table_value(found, field->tag), field->value) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = text_of_input(data, size), *again;
	struct table table, second;
	size_t line = 0;

	if (table_parse(text, &table, &line)) {
		MUST(line >= 1 && table.count == 0 && !table.text);
	} else {
		again = write_table(&table);
		MUST(table_parse(again, &second, NULL) == 0);
		check_same(&table, &second);
		check_values(&table);
		table_release(&second);
		free(again);
	}
	table_release(&table);
	free(text);
	return 0;
}
