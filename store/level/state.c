/*
 * What may be said about a level: description, ESM setting, lock, state.
 *
 *            lock on         lock off                  STABLE
 *   TEST     locks           unlocks                   needs a current package, locks
 *   STABLE   is so already   refused, LEVEL_STABLE     is so already
 *   BASE     locks           refused once locked       refused, BASE_PERMANENT
 *
 * Locking freezes the space first and records it then, so that nothing is acknowledged
 * after the lock was; STABLE and the lock are one record write (35), so no crash shows
 * the one without the other. Description and ESM setting are not content: a lock does
 * not keep them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/level/level_internal.h"

static int store_change(struct level *level, struct level_record *next)
{
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;

	return level_store_record(level, next, &batch);
}

/* ---- description and ESM ---- */

static int set_description(struct level *level, const char *text)
{
	struct level_record next = level->record;
	int err;

	if (strnlen(text, DESCRIPTION_MAX + 1) > DESCRIPTION_MAX)
		return -CSM_VALUE_BAD;
	next.description = text[0] ? strdup(text) : NULL;
	if (text[0] && !next.description)
		return -ENOMEM;
	err = store_change(level, &next);
	free(next.description); /* not taken over: the commit failed */
	return err;
}

int level_set_description(struct level *level, const char *text, uint32_t uid)
{
	WITH_MUTEX(&level->filespace->changes);
	return level_log(level, uid, "describe",
			 level->gone ? -CSM_STALE : set_description(level, text), NULL);
}

static int set_esm(struct level *level, const char *value)
{
	struct level_record next = level->record;
	int err = esm_check(value);

	if (err)
		return err;
	snprintf(next.esm, sizeof(next.esm), "%s", value);
	return store_change(level, &next);
}

int level_set_esm(struct level *level, const char *value, uint32_t uid)
{
	WITH_MUTEX(&level->filespace->changes);
	return level_log(level, uid, "esm", level->gone ? -CSM_STALE : set_esm(level, value),
			 value);
}

/* ---- lock ---- */

/* What writers are told follows the record, whichever way the change ended. */
static void follow_record(struct level *level, struct space *space)
{
	int code = level_frozen_code(&level->record);

	if (!code)
		space_thaw(space);
	else if (code != space_frozen(space))
		space_freeze(space, code);
}

static int lock(struct level *level, struct space *space)
{
	struct level_record next = level->record;
	int err = space_freeze(space, -CSM_LEVEL_LOCKED);

	if (err)
		return err;
	next.locked = true;
	next.sealed_once = next.is_base;
	err = store_change(level, &next);
	follow_record(level, space);
	return err;
}

static int unlock(struct level *level, struct space *space)
{
	struct level_record next = level->record;
	int err;

	if (next.is_base)
		return -CSM_BASE_PERMANENT;
	if (next.state == STATE_STABLE)
		return -CSM_LEVEL_STABLE;
	next.locked = false;
	err = store_change(level, &next);
	follow_record(level, space);
	return err;
}

static int set_lock(struct level *level, bool on)
{
	struct space *space;
	int err;

	if (level->gone)
		return -CSM_STALE;
	if (level->record.locked == on)
		return 0;
	err = level_space(level, &space);
	if (err)
		return err;
	return on ? lock(level, space) : unlock(level, space);
}

int level_set_lock(struct level *level, bool on, uint32_t uid)
{
	WITH_MUTEX(&level->filespace->changes);
	return level_log(level, uid, on ? "lock" : "unlock", set_lock(level, on), NULL);
}

/* ---- state ---- */

static int declare_frozen(struct level *level)
{
	struct level_record next = level->record;
	int current = level_package_current(level, 0);

	if (current < 0)
		return current;
	if (current == 0)
		return -CSM_PACKAGE_STALE;
	next.state = STATE_STABLE;
	next.locked = true;
	return store_change(level, &next);
}

static int declare_stable(struct level *level)
{
	struct space *space;
	int err;

	if (level->gone)
		return -CSM_STALE;
	if (level->record.is_base)
		return -CSM_BASE_PERMANENT;
	if (level->record.state == STATE_STABLE)
		return 0;
	err = level_space(level, &space);
	if (!err)
		err = space_freeze(space, -CSM_LEVEL_LOCKED);
	if (err)
		return err;
	err = declare_frozen(level);
	follow_record(level, space);
	return err;
}

int level_declare_stable(struct level *level, uint32_t uid)
{
	WITH_MUTEX(&level->filespace->changes);
	return level_log(level, uid, "stable", declare_stable(level), NULL);
}
