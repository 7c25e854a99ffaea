/*
 * Names as people type them, turned into names as the mount writes them. z/VM knows no
 * case; a file system does, so the directory is searched.
 */
#include "tools/servmgr.h"

#include <errno.h>
#include <string.h>

enum exit_code out_of_memory(void)
{
	print_error_line("%s", strerror(ENOMEM));
	return EXIT_SYSTEM;
}

static enum exit_code explain_absence(const struct session *session, const char *kind,
				      const char *name, int code)
{
	if (code != -ENOENT) {
		print_error_line("%s: %s", session->mount.path, strerror(-code));
		return exit_code_of(code);
	}
	print_error_line("there is no %s %s in release %s; servmgr %s query names them", kind, name,
			 session->mount.release, strcmp(kind, "level") == 0 ? "srvlvl" : kind);
	return EXIT_REFUSED;
}

enum exit_code find_level(const struct session *session, const char *name, char **ret_exact)
{
	int code = mountpoint_level(&session->mount, name, ret_exact);

	return code ? explain_absence(session, "level", name, code) : EXIT_DONE;
}

enum exit_code find_system(const struct session *session, const char *name, char **ret_exact)
{
	int code = mountpoint_system(&session->mount, name, ret_exact);

	return code ? explain_absence(session, "system", name, code) : EXIT_DONE;
}

enum exit_code check_new_name(const char *name)
{
	/* Such a name would make mkdir work somewhere else than meant. */
	if (*name && !strchr(name, '/') && strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
		return EXIT_DONE;
	print_error_line(
		"'%s' is no name: a name is 1 to 64 of A-Z a-z 0-9 _ . - and starts with none of . -",
		name);
	return EXIT_REFUSED;
}
