/*
 * The queries of levels, systems and the scrub: the tables of the mount, as a table for people, as JSON,
 * or (-v) as they are, every tag of a record as ':TAG value'.
 */
#include "fs/protocol.h"
#include "tools/scope.h"
#include "tools/servmgr.h"
#include "tools/table.h"

#include <errno.h>
#include <string.h>

struct query_column {
	const char *heading, *tag;
	bool is_wide;
	bool state_only; /* the value is STATE.date.time.user */
};

struct query {
	const char *file;  /* the table in the mount */
	const char *kind;  /* what a record is, for messages */
	const char *key;   /* the tag that names a record */
	const char *array; /* the name of the rows in JSON */
	const struct query_column *columns;
	size_t column_count;
};

static const struct query_column level_columns[] = {
	{ "NAME", "SRVLVL", false, false },	{ "BASEDON", "BASEDON", false, false },
	{ "STATE", "STATE", false, false },	{ "LOCK", "LOCK", false, false },
	{ "ESM", "ESM", false, false },		{ "PACKAGE", "PKGSTAT", false, false },
	{ "DESCRIPTION", "DESC", true, false },
};

static const struct query_column system_columns[] = {
	{ "SYSTEM", "SYSTEM", false, false },	   { "TEST", "TESTLVL", false, false },
	{ "PRODUCTION", "PRODLVL", false, false }, { "PREVIOUS", "PREVLVL", false, false },
	{ "STATUS", "STATUS", false, true },	   { "HOST", "HOST", false, false },
	{ "PORT", "PORT", false, false },	   { "COMMTYPE", "COMMTYPE", false, false },
	{ "SECURE", "SECURE", false, false },	   { "ESM", "ESM", false, false },
	{ "DESCRIPTION", "DESC", true, false },
};

static const struct query_column scrub_columns[] = {
	{ "SCRUB", "SCRUB", false, false },	  { "STARTED", "STARTED", false, false },
	{ "ENDED", "ENDED", false, false },	  { "POSITION", "POSITION", false, false },
	{ "CHUNKS", "CHUNKS", false, false },	  { "BYTES", "BYTES", false, false },
	{ "RATE", "RATE", false, false },	  { "FINDINGS", "FINDINGS", false, false },
};

static const struct query_column finding_columns[] = {
	{ "FINDING", "FINDING", false, false },
	{ "OBJECT", "OBJECT", true, false },
	{ "WHAT", "WHAT", true, false },
};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define COLUMNS_MAX 16

_Static_assert(COUNT(level_columns) <= COLUMNS_MAX && COUNT(system_columns) <= COLUMNS_MAX,
	       "columns");

static const struct query levels = {
	.file = PROTOCOL_SVCSTAT,
	.kind = "level",
	.key = "SRVLVL",
	.array = "levels",
	.columns = level_columns,
	.column_count = COUNT(level_columns),
};
static const struct query systems = {
	.file = PROTOCOL_SYSSTAT,
	.kind = "system",
	.key = "SYSTEM",
	.array = "systems",
	.columns = system_columns,
	.column_count = COUNT(system_columns),
};

static const struct query scrubs = {
	.file = PROTOCOL_CONTROL "/" PROTOCOL_SCRUB,
	.kind = "scrub",
	.key = "SCRUB",
	.array = "scrub",
	.columns = scrub_columns,
	.column_count = COUNT(scrub_columns),
};
static const struct query findings = {
	.file = PROTOCOL_CONTROL "/" PROTOCOL_SCRUB_FINDINGS,
	.kind = "finding",
	.key = "FINDING",
	.array = "findings",
	.columns = finding_columns,
	.column_count = COUNT(finding_columns),
};

static void print_records(const struct table_record *records, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			putchar('\n');
		for (size_t field = 0; field < records[i].count; field++)
			printf(":%s %s\n", records[i].fields[field].tag,
			       records[i].fields[field].value);
	}
}

static char *cell_text(const struct table_record *record, const struct query_column *column)
{
	char *text = table_decode(table_value(record, column->tag));

	if (text && column->state_only)
		text[strcspn(text, ".")] = '\0';
	return text;
}

static int print_rows(const struct query *query, const struct table_record *records, size_t count,
		      bool json)
{
	struct print_column columns[COLUMNS_MAX];
	size_t cell_count = count * query->column_count, filled = 0;
	char **cells = calloc(cell_count + 1, sizeof(*cells));
	int code = cells ? 0 : -ENOMEM;

	for (size_t i = 0; i < query->column_count; i++)
		columns[i] = (struct print_column){ query->columns[i].heading,
						    query->columns[i].is_wide };
	for (; !code && filled < cell_count; filled++) {
		cells[filled] = cell_text(&records[filled / query->column_count],
					  &query->columns[filled % query->column_count]);
		if (!cells[filled])
			code = -ENOMEM;
	}
	if (!code)
		code = print_table(query->array, columns, query->column_count,
				   (const char *const *)cells, count, json);
	for (size_t i = 0; i < filled; i++)
		free(cells[i]);
	free(cells);
	return code;
}

static enum exit_code print_query(const struct session *session, const struct query *query,
				  const struct table *table, const char *name)
{
	const struct table_record *records = table->records;
	size_t count = table->count;
	int code = 0;

	if (name) {
		records = table_find(table, query->key, name);
		count = 1;
	}
	if (!records && name) {
		print_error_line("there is no %s %s in release %s", query->kind, name,
				 session->mount.release);
		return EXIT_REFUSED;
	}
	if (session->request.verbose && !session->request.json)
		print_records(records, count);
	else
		code = print_rows(query, records, count, session->request.json);
	if (!code && fflush(stdout))
		code = -EIO;
	if (code)
		print_error_line("%s", strerror(-code));
	return code ? EXIT_SYSTEM : EXIT_DONE;
}

static enum exit_code run_query(const struct session *session, const struct query *query,
				const char *name)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_(table_release) struct table table = TABLE_INIT;
	size_t line = 0;
	int code = mountpoint_read(&session->mount, query->file, &text);

	if (code) {
		print_error_line("%s/%s: %s", session->mount.path, query->file, strerror(-code));
		return exit_code_of(code);
	}
	code = table_parse(text, &table, &line);
	if (code == -EBADMSG)
		print_error_line("%s/%s: line %zu is not ':TAG.value'", session->mount.path,
				 query->file, line);
	else if (code)
		return out_of_memory();
	return code ? EXIT_SYSTEM : print_query(session, query, &table, name);
}

enum exit_code level_query(struct session *session)
{
	return run_query(session, &levels, session->request.level);
}

enum exit_code system_query(struct session *session)
{
	return run_query(session, &systems, session->request.system);
}

enum exit_code scrub_query(struct session *session)
{
	return run_query(session, &scrubs, NULL);
}

enum exit_code scrub_findings(struct session *session)
{
	return run_query(session, &findings, NULL);
}
