/*
 * Levels: can each be opened, does it stand on versions that exist, is a STABLE one locked?
 *
 * On the way all versions that some level reads are noted, so that the ones left over can
 * be found.
 */
#include "store/upkeep/verify_internal.h"

#include <errno.h>

struct level_check {
	struct verify *verify;
	const char *release;
};

/* What it is based on is a part of its versions, or it has none. */
static int note_versions(struct verify *verify, struct level *level)
{
	_cleanup_(cleanup_view) struct view *view = NULL;
	uint32_t own;
	int code = level_stored_view(level, &view, &own);

	return code ? code : verify_reach(verify, view);
}

/* behaviour 35: never STABLE with the lock off */
static int check_lock(struct verify *verify, const char *release, struct level *level)
{
	struct level_info info;
	int code = 0;

	level_info(level, &info);
	if (info.state != STATE_STABLE || info.locked)
		return 0;
	verify_problem(verify, 0, "the level is STABLE and not locked", "%s/%s", release,
		       info.name);
	if (verify->options->repair) {
		code = level_set_lock(level, true, 0);
		if (!code)
			verify->counts->repaired++;
	}
	return code;
}

static int check_level(void *context, struct level *level)
{
	const struct level_check *check = context;
	struct verify *verify = check->verify;
	int code = note_versions(verify, level);

	verify->counts->levels++;
	if (code && verify_is_damage(code)) {
		verify->reached_all = false;
		verify_problem(verify, code, "the level does not open", "%s/%s", check->release,
			       level_name(level));
		return 0;
	}
	return code ? code : check_lock(verify, check->release, level);
}

int verify_levels(struct verify *verify, struct filespace *filespace)
{
	struct level_check check = { verify, filespace_release(filespace) };
	_cleanup_(cleanup_view) struct view *files = space_view(filespace_files(filespace));
	int code;

	if (!files)
		return -ENOMEM;
	code = verify_reach(verify, files);
	return code ? code : filespace_each_level(filespace, check_level, &check);
}
