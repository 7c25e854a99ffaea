/*
 * srvlvl add, delete, setlock, setstate: a level is a directory, what is said about it are
 * its control attributes.
 */
#include "fs/protocol.h"
#include "tools/scope.h"
#include "tools/servmgr.h"

#include <ctype.h>
#include <string.h>

#define ZVM_NAME_MAX 16 /* an SFS directory name */

static char *upper_case(const char *name)
{
	char *upper = strdup(name);

	for (char *at = upper; at && *at; at++)
		*at = (char)toupper((unsigned char)*at);
	return upper;
}

static void add_level_steps(struct session *session, const char *path, const char *parent)
{
	const struct request *request = &session->request;

	plan_mkdir(session->plan, path);
	plan_undo_mkdir(session->plan);
	if (parent && strcmp(parent, PROTOCOL_BASE) != 0)
		plan_set_attribute(session->plan, path, PROTOCOL_PREFIX PROTOCOL_BASEDON, parent);
	if (request->esm)
		plan_set_attribute(session->plan, path, PROTOCOL_PREFIX PROTOCOL_ESM, request->esm);
	if (request->description)
		plan_set_attribute(session->plan, path, PROTOCOL_PREFIX PROTOCOL_DESCRIPTION,
				   request->description);
}

enum exit_code level_add_plan(struct session *session)
{
	const struct request *request = &session->request;
	_cleanup_free_ char *name = upper_case(request->level);
	_cleanup_free_ char *path = NULL;
	_cleanup_free_ char *parent = NULL;
	enum exit_code status = name ? check_new_name(name) : out_of_memory();

	if (!status && request->basedon)
		status = find_level(session, request->basedon, &parent);
	if (status)
		return status;
	if (strlen(name) > ZVM_NAME_MAX)
		print_error_line("note: %s is longer than the %d characters of a z/VM level name",
				 name, ZVM_NAME_MAX);
	path = mountpoint_path(&session->mount, "%s", name);
	if (!path)
		return out_of_memory();
	add_level_steps(session, path, parent);
	return EXIT_DONE;
}

/* MOUNT/LEVEL of an existing level. The caller frees. */
static enum exit_code level_path(const struct session *session, char **ret_path)
{
	_cleanup_free_ char *name = NULL;
	enum exit_code status = find_level(session, session->request.level, &name);

	if (status)
		return status;
	*ret_path = mountpoint_path(&session->mount, "%s", name);
	return *ret_path ? EXIT_DONE : out_of_memory();
}

enum exit_code level_delete_plan(struct session *session)
{
	_cleanup_free_ char *path = NULL;
	enum exit_code status = level_path(session, &path);

	if (!status)
		plan_rmdir(session->plan, path);
	return status;
}

static enum exit_code set_plan(struct session *session, const char *attribute, const char *value)
{
	_cleanup_free_ char *path = NULL;
	enum exit_code status = level_path(session, &path);

	if (!status)
		plan_set_attribute(session->plan, path, attribute, value);
	return status;
}

enum exit_code level_setlock_plan(struct session *session)
{
	return set_plan(session, PROTOCOL_PREFIX PROTOCOL_LOCK, session->request.lock);
}

enum exit_code level_setstate_plan(struct session *session)
{
	return set_plan(session, PROTOCOL_PREFIX PROTOCOL_STATE, session->request.state);
}
