/*
 * backup add, delete, query: a backup of the whole store is a directory that is made and removed;
 * its time is when it was made. z/VM has no such command, and no release is named, because a
 * store is one whatever releases it holds.
 */
#include "fs/protocol.h"
#include "tools/scope.h"
#include "tools/servmgr.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define FOLDER PROTOCOL_CONTROL "/" PROTOCOL_BACKUPS

enum { COLUMNS = 2, TIME_SIZE = 32 };

enum exit_code backup_add_plan(struct session *session)
{
	_cleanup_free_ char *path = NULL;
	enum exit_code status = check_new_name(session->request.backup);

	if (status)
		return status;
	path = mountpoint_path(&session->mount, FOLDER "/%s", session->request.backup);
	if (!path)
		return out_of_memory();
	plan_mkdir(session->plan, path);
	return EXIT_DONE;
}

static enum exit_code find_backup(const struct session *session, char **ret_exact)
{
	const char *name = session->request.backup;
	int code = mountpoint_backup(&session->mount, name, ret_exact);

	if (!code)
		return EXIT_DONE;
	if (code == -ENOENT) {
		print_error_line("there is no backup %s; servmgr backup query names them", name);
		return EXIT_REFUSED;
	}
	print_error_line("%s/" FOLDER ": %s", session->mount.path, strerror(-code));
	return exit_code_of(code);
}

enum exit_code backup_delete_plan(struct session *session)
{
	_cleanup_free_ char *name = NULL;
	_cleanup_free_ char *path = NULL;
	enum exit_code status = find_backup(session, &name);

	if (status)
		return status;
	path = mountpoint_path(&session->mount, FOLDER "/%s", name);
	if (!path)
		return out_of_memory();
	plan_rmdir(session->plan, path);
	return EXIT_DONE;
}

/* ---- query ---- */

static int not_hidden(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* As the control log writes times. -ENOENT when the backup was dropped meanwhile. */
static int made_of(const char *folder, const char *name, char ret_text[TIME_SIZE])
{
	_cleanup_free_ char *path = NULL;
	struct stat status;
	struct tm parts;

	if (asprintf(&path, "%s/%s", folder, name) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	if (stat(path, &status))
		return -errno;
	if (!gmtime_r(&status.st_mtime, &parts) ||
	    strftime(ret_text, TIME_SIZE, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
		return -EOVERFLOW;
	return 0;
}

/* Two texts for each backup that is wanted; wanted NULL: all. */
static int fill_cells(const char *folder, struct dirent **entries, size_t count, const char *wanted,
		      char **cells, size_t *ret_rows)
{
	*ret_rows = 0;
	for (size_t i = 0; i < count; i++) {
		char made[TIME_SIZE];
		char **row = cells + *ret_rows * COLUMNS;
		int code;

		if (wanted && strcmp(entries[i]->d_name, wanted) != 0)
			continue;
		code = made_of(folder, entries[i]->d_name, made);
		if (code == -ENOENT)
			continue;
		if (code)
			return code;
		row[0] = strdup(entries[i]->d_name);
		row[1] = strdup(made);
		++*ret_rows;
		if (!row[0] || !row[1])
			return -ENOMEM;
	}
	return 0;
}

static int print_backups(const struct session *session, char **cells, size_t rows)
{
	static const struct print_column columns[COLUMNS] = { { "BACKUP", false }, { "MADE", false } };

	if (!session->request.verbose || session->request.json)
		return print_table("backups", columns, COLUMNS, (const char *const *)cells, rows,
				   session->request.json);
	for (size_t i = 0; i < rows; i++)
		printf("%s:BACKUP %s\n:MADE %s\n", i > 0 ? "\n" : "", cells[i * COLUMNS],
		       cells[i * COLUMNS + 1]);
	return 0;
}

static int query_entries(const struct session *session, const char *folder, struct dirent **entries,
			 size_t count, const char *wanted)
{
	char **cells = calloc((count + 1) * COLUMNS, sizeof(*cells));
	size_t rows = 0;
	int code = cells ? fill_cells(folder, entries, count, wanted, cells, &rows) : -ENOMEM;

	if (!code)
		code = print_backups(session, cells, rows);
	if (!code && fflush(stdout))
		code = -EIO;
	for (size_t i = 0; i < rows * COLUMNS; i++)
		free(cells[i]);
	free(cells);
	return code;
}

enum exit_code backup_query(struct session *session)
{
	_cleanup_free_ char *folder = mountpoint_path(&session->mount, FOLDER);
	_cleanup_free_ char *wanted = NULL;
	struct dirent **entries = NULL;
	enum exit_code status = folder ? EXIT_DONE : out_of_memory();
	int count, code;

	if (!status && session->request.backup)
		status = find_backup(session, &wanted);
	if (status)
		return status;
	count = scandir(folder, &entries, not_hidden, alphasort);
	code = count < 0 ? -errno : query_entries(session, folder, entries, (size_t)count, wanted);
	for (int i = 0; i < count; i++)
		free(entries[i]);
	free(entries);
	if (code)
		print_error_line("%s: %s", folder, strerror(-code));
	return code ? exit_code_of(code) : EXIT_DONE;
}
