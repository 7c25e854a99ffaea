/*
 * Managed systems: does each link point to a level, is the log directory there?
 *
 * A test or previous link to a level that is not there is taken away: nothing can follow
 * it. What a system runs cannot be made up, so such a production link is only told.
 */
#include "store/upkeep/verify_internal.h"

#include <errno.h>

static const char *const link_names[LINK_COUNT] = { "test", "production", "previous" };

struct system_check {
	struct verify *verify;
	struct filespace *filespace;
	struct system_info *broken; /* systems with a link to be taken away; owned */
	size_t count;
};

static bool link_is_good(struct filespace *filespace, uint32_t id)
{
	_cleanup_(cleanup_level) struct level *level = NULL;

	return id == 0 || filespace_level_by_id(filespace, id, &level) == 0;
}

static int keep_broken(struct system_check *check, const struct system_info *info)
{
	struct system_info *more = reallocarray(check->broken, check->count + 1, sizeof(*more));

	if (!more)
		return -ENOMEM;
	check->broken = more;
	more[check->count++] = *info;
	return 0;
}

static int check_log(struct system_check *check, const struct system_info *info)
{
	struct inode inode;
	int code = space_inode(filespace_files(check->filespace), info->log, &inode);

	if (!code && S_ISDIR(inode.mode))
		return 0;
	if (code && !verify_is_damage(code))
		return code;
	verify_problem(check->verify, code, "the log directory is not there", "%s/systems/%s",
		       filespace_release(check->filespace), info->name);
	return 0;
}

static int check_system(void *context, const struct system_info *info)
{
	struct system_check *check = context;
	bool broken = false;
	int code;

	check->verify->counts->systems++;
	for (int link = 0; link < LINK_COUNT; link++) {
		if (link_is_good(check->filespace, info->level[link]))
			continue;
		verify_problem(check->verify, -CSM_LEVEL_UNKNOWN, "the link points to no level",
			       "%s/systems/%s/%s", filespace_release(check->filespace), info->name,
			       link_names[link]);
		broken = true;
	}
	code = broken ? keep_broken(check, info) : 0;
	return code ? code : check_log(check, info);
}

static int repair_system(struct system_check *check, struct systems *systems,
			 const struct system_info *info)
{
	for (int link = 0; link < LINK_COUNT; link++) {
		int code;

		if (link == LINK_PRODUCTION || link_is_good(check->filespace, info->level[link]))
			continue;
		code = system_remove_link(systems, info->id, (enum system_link)link, 0);
		if (code)
			return code;
		check->verify->counts->repaired++;
	}
	return 0;
}

static void cleanup_systems(struct systems **systems)
{
	systems_close(*systems);
}

int verify_systems(struct verify *verify, struct filespace *filespace)
{
	_cleanup_(cleanup_systems) struct systems *systems = NULL;
	struct system_check check = { verify, filespace, NULL, 0 };
	int code = systems_open(filespace, &systems);

	if (code && verify_is_damage(code)) {
		verify_problem(verify, code, "the table of systems does not open", "%s",
			       filespace_release(filespace));
		return 0;
	}
	if (!code)
		code = systems_each(systems, check_system, &check);
	for (size_t i = 0; !code && verify->options->repair && i < check.count; i++)
		code = repair_system(&check, systems, &check.broken[i]);
	free(check.broken);
	return code;
}
