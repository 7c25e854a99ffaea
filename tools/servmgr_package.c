/*
 * srvlvl package and send. A package is built by making its directory and dropped by
 * removing it; sending is giving a system the level to test, STABLE or not: the system
 * takes the package from the mount itself.
 */
#include "fs/protocol.h"
#include "tools/scope.h"
#include "tools/servmgr.h"
#include "tools/table.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

/* ---- package ---- */

/* Is the package against BASE the level's content of now? The level table says so. */
static enum exit_code is_current(const struct session *session, const char *level,
				 bool *ret_current)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_(table_release) struct table table = TABLE_INIT;
	const struct table_record *record;
	int code = mountpoint_read(&session->mount, PROTOCOL_SVCSTAT, &text);

	if (!code)
		code = table_parse(text, &table, NULL);
	if (code) {
		print_error_line("%s/%s: %s", session->mount.path, PROTOCOL_SVCSTAT,
				 strerror(-code));
		return EXIT_SYSTEM;
	}
	record = table_find(&table, "SRVLVL", level);
	*ret_current = record && strcasecmp(table_value(record, "PKGSTAT"), "CURRENT") == 0;
	return EXIT_DONE;
}

/* "LEVEL/PACKAGE", or "LEVEL/PACKAGE.from.OTHER" when another level than BASE was named. */
static enum exit_code package_name(const struct session *session, const char *level, bool *ret_base,
				   char **ret_name)
{
	_cleanup_free_ char *other = NULL;
	const char *against = session->request.against;
	int size;

	*ret_base = true;
	if (against) {
		enum exit_code status = find_level(session, against, &other);

		if (status)
			return status;
		*ret_base = strcmp(other, PROTOCOL_BASE) == 0;
	}
	if (*ret_base)
		size = asprintf(ret_name, "%s/%s", level, PROTOCOL_PACKAGE);
	else
		size = asprintf(ret_name, "%s/%s%s", level, PROTOCOL_PACKAGE_FROM, other);
	return size < 0 ? out_of_memory() : EXIT_DONE;
}

enum exit_code level_package_plan(struct session *session)
{
	_cleanup_free_ char *level = NULL;
	_cleanup_free_ char *name = NULL;
	_cleanup_free_ char *path = NULL;
	bool against_base, current = false, exists;
	enum exit_code status = find_level(session, session->request.level, &level);

	if (!status)
		status = package_name(session, level, &against_base, &name);
	if (status)
		return status;
	exists = mountpoint_has(&session->mount, name);
	if (exists && against_base)
		status = is_current(session, level, &current);
	if (status)
		return status;
	if (current) {
		plan_remark(session->plan, "the package of %s is current", level);
		return EXIT_DONE;
	}
	path = mountpoint_path(&session->mount, "%s", name);
	if (!path)
		return out_of_memory();
	if (exists)
		plan_remove_tree(session->plan, path);
	plan_mkdir(session->plan, path);
	return EXIT_DONE;
}

/* ---- send ---- */

/* Sending as STABLE declares the level; sending a STABLE level for test is not taken back to TEST. */
static enum exit_code plan_state(struct session *session, const char *level, bool stable)
{
	_cleanup_free_ char *state = NULL;
	_cleanup_free_ char *path = mountpoint_path(&session->mount, "%s", level);
	int code = mountpoint_attribute(&session->mount, level, PROTOCOL_PREFIX PROTOCOL_STATE,
					&state);

	if (!path)
		return out_of_memory();
	if (code) {
		print_error_line("%s: %s", path, strerror(-code));
		return exit_code_of(code);
	}
	if (!stable && strcmp(state, "STABLE") == 0) {
		print_error_line("%s is STABLE and never TEST again; send it as it is: (stable",
				 level);
		return EXIT_REFUSED;
	}
	if (stable && strcmp(state, "STABLE") != 0)
		plan_set_attribute(session->plan, path, PROTOCOL_PREFIX PROTOCOL_STATE, "STABLE");
	return EXIT_DONE;
}

enum exit_code level_send_plan(struct session *session)
{
	const struct request *request = &session->request;
	bool stable = request->send && strcmp(request->send, "stable") == 0;
	_cleanup_free_ char *level = NULL;
	enum exit_code status = find_level(session, request->level, &level);

	if (!status)
		status = plan_state(session, level, stable);
	return status ? status : system_test_plan(session);
}
