/*
 * The tables /SVCSTAT and /SYSSTAT as servmgr reads them: records of ':TAG.value' lines,
 * separated by empty lines. Tags that nobody here knows are kept.
 */
#ifndef TOOLS_TABLE_H
#define TOOLS_TABLE_H

#include <stddef.h>

struct table_field {
	const char *tag;   /* without the colon; both point into the table's text */
	const char *value; /* may be "" */
};

struct table_record {
	struct table_field *fields; /* in the order of the text */
	size_t count;
};

struct table {
	char *text; /* owned; cut into tags and values */
	struct table_record *records;
	size_t count;
};

#define TABLE_INIT { NULL, NULL, 0 }

/*
 * Takes a text apart. 0, -ENOMEM, or -EBADMSG when a line is neither empty nor
 * ':TAG.value'; ret_line (may be NULL) then gets its number, from 1. The table is empty
 * unless 0.
 */
int table_parse(const char *text, struct table *ret_table, size_t *ret_line);
void table_release(struct table *table);

/* The value of a tag, without regard to its case; "" when the record has none. */
const char *table_value(const struct table_record *record, const char *tag);
/* A value for people: its \xNN are the bytes again. The caller frees; NULL: no memory. */
char *table_decode(const char *value);
/* The first record whose tag has this value, both without regard to case, or NULL. */
const struct table_record *table_find(const struct table *table, const char *tag,
				      const char *value);

#endif
