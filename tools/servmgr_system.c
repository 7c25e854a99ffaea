/*
 * system add, delete, modify, test, put2prod, rollback: a managed system is a directory
 * with attributes and three links, and moving it on is renaming a link.
 */
#include "fs/protocol.h"
#include "tools/scope.h"
#include "tools/servmgr.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

/* What both add and modify may set; nothing for what was not said. */
static void plan_attributes(struct session *session, const char *path)
{
	const struct request *request = &session->request;
	const struct {
		const char *attribute, *value;
	} said[] = {
		{ PROTOCOL_PREFIX PROTOCOL_ESM, request->esm },
		{ PROTOCOL_PREFIX PROTOCOL_HOST, request->host },
		{ PROTOCOL_PREFIX PROTOCOL_COMMTYPE, request->commtype },
		{ PROTOCOL_PREFIX PROTOCOL_PORT, request->port },
		{ PROTOCOL_PREFIX PROTOCOL_SECURE, request->secure },
		{ PROTOCOL_PREFIX PROTOCOL_DESCRIPTION, request->description },
	};

	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++)
		if (said[i].value)
			plan_set_attribute(session->plan, path, said[i].attribute, said[i].value);
}

/* systems/SYSTEM/LINK -> ../../LEVEL; replace: whatever the link is now. */
static enum exit_code plan_system_link(struct session *session, const char *system,
				       const char *link, const char *level, bool replace)
{
	_cleanup_free_ char *target = NULL;
	_cleanup_free_ char *path =
		mountpoint_path(&session->mount, PROTOCOL_SYSTEMS "/%s/%s", system, link);

	if (!path || asprintf(&target, PROTOCOL_LINK_PREFIX "%s", level) < 0) {
		target = NULL;
		return out_of_memory();
	}
	if (replace)
		plan_relink(session->plan, target, path);
	else
		plan_link(session->plan, target, path);
	return EXIT_DONE;
}

/* A locked level is what the system runs already; another is one it is going to test. */
static enum exit_code first_link(const struct session *session, const char *level,
				 const char **ret_link)
{
	_cleanup_free_ char *lock = NULL;
	int code =
		mountpoint_attribute(&session->mount, level, PROTOCOL_PREFIX PROTOCOL_LOCK, &lock);

	if (code) {
		print_error_line("%s/%s: %s", session->mount.path, level, strerror(-code));
		return exit_code_of(code);
	}
	*ret_link = strcasecmp(lock, "on") == 0 ? PROTOCOL_PRODUCTION : PROTOCOL_TEST;
	return EXIT_DONE;
}

enum exit_code system_add_plan(struct session *session)
{
	const struct request *request = &session->request;
	_cleanup_free_ char *level = NULL;
	_cleanup_free_ char *path = NULL;
	const char *link = NULL;
	enum exit_code status = check_new_name(request->system);

	if (!status)
		status = find_level(session, request->level, &level);
	if (!status)
		status = first_link(session, level, &link);
	if (status)
		return status;
	path = mountpoint_path(&session->mount, PROTOCOL_SYSTEMS "/%s", request->system);
	if (!path)
		return out_of_memory();
	plan_mkdir(session->plan, path);
	plan_undo_mkdir(session->plan);
	plan_attributes(session, path);
	return plan_system_link(session, request->system, link, level, false);
}

/* MOUNT/systems/SYSTEM of an existing system, and its name. The caller frees both. */
static enum exit_code system_path(const struct session *session, char **ret_name, char **ret_path)
{
	enum exit_code status = find_system(session, session->request.system, ret_name);

	if (status)
		return status;
	*ret_path = mountpoint_path(&session->mount, PROTOCOL_SYSTEMS "/%s", *ret_name);
	return *ret_path ? EXIT_DONE : out_of_memory();
}

enum exit_code system_delete_plan(struct session *session)
{
	_cleanup_free_ char *name = NULL;
	_cleanup_free_ char *path = NULL;
	enum exit_code status = system_path(session, &name, &path);

	if (!status)
		plan_rmdir(session->plan, path);
	return status;
}

enum exit_code system_modify_plan(struct session *session)
{
	_cleanup_free_ char *name = NULL;
	_cleanup_free_ char *path = NULL;
	enum exit_code status = system_path(session, &name, &path);

	if (!status)
		plan_attributes(session, path);
	return status;
}

enum exit_code system_test_plan(struct session *session)
{
	_cleanup_free_ char *system = NULL;
	_cleanup_free_ char *level = NULL;
	enum exit_code status = find_system(session, session->request.system, &system);

	if (!status)
		status = find_level(session, session->request.level, &level);
	return status ? status : plan_system_link(session, system, PROTOCOL_TEST, level, true);
}

/* mv -T systems/SYSTEM/FROM systems/SYSTEM/production */
static enum exit_code plan_move(struct session *session, const char *system, const char *from)
{
	_cleanup_free_ char *source =
		mountpoint_path(&session->mount, PROTOCOL_SYSTEMS "/%s/%s", system, from);
	_cleanup_free_ char *target = mountpoint_path(&session->mount, PROTOCOL_SYSTEMS "/%s/%s",
						      system, PROTOCOL_PRODUCTION);

	if (!source || !target)
		return out_of_memory();
	plan_rename(session->plan, source, target);
	return EXIT_DONE;
}

static enum exit_code link_level(const struct session *session, const char *system,
				 const char *link, char **ret_level)
{
	int code = mountpoint_link(&session->mount, system, link, ret_level);

	if (!code || code == -ENOENT)
		return EXIT_DONE;
	print_error_line("%s/%s/%s/%s: %s", session->mount.path, PROTOCOL_SYSTEMS, system, link,
			 strerror(-code));
	return exit_code_of(code);
}

enum exit_code system_put2prod_plan(struct session *session)
{
	_cleanup_free_ char *system = NULL;
	_cleanup_free_ char *test = NULL;
	_cleanup_free_ char *production = NULL;
	enum exit_code status = find_system(session, session->request.system, &system);

	if (!status)
		status = link_level(session, system, PROTOCOL_TEST, &test);
	if (!status)
		status = link_level(session, system, PROTOCOL_PRODUCTION, &production);
	if (status)
		return status;
	if (test)
		return plan_move(session, system, PROTOCOL_TEST);
	if (production) {
		plan_remark(session->plan, "%s is in production on %s; no other level is in test",
			    production, system);
		return EXIT_DONE;
	}
	print_error_line(
		"%s has no level to put into production; give it one: servmgr system test %s %s LEVEL",
		system, session->mount.release, system);
	return EXIT_REFUSED;
}

enum exit_code system_rollback_plan(struct session *session)
{
	_cleanup_free_ char *system = NULL;
	_cleanup_free_ char *previous = NULL;
	enum exit_code status = find_system(session, session->request.system, &system);

	if (!status)
		status = link_level(session, system, PROTOCOL_PREVIOUS, &previous);
	if (status)
		return status;
	if (previous)
		return plan_move(session, system, PROTOCOL_PREVIOUS);
	print_error_line("%s has no previous level to go back to", system);
	return EXIT_REFUSED;
}
