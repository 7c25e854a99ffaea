/*
 * The three links of a system, and what moving them means.
 *
 *   from        to                       what it is
 *   (nothing)   test                     the system is given a level to test
 *   (nothing)   production               what it runs already, said once when it is added
 *   test        production               put2prod
 *   previous    production               roll back
 *
 * Every move is checked in full, then written as one record; a level cannot be deleted
 * in between, because deleting takes the same lock. What is replaced in production is
 * kept as previous, so a roll back is always one move away (58).
 */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "store/system/system_internal.h"

static void point(struct system_record *record, enum system_link link, uint32_t level_id)
{
	if (record->info.level[link] == level_id)
		return;
	record->info.level[link] = level_id;
	record->info.flips[link]++;
}

/* "LEVEL" for the control log, "" when there is none. */
static void name_of(struct systems *systems, uint32_t level_id, char ret_name[LEVEL_NAME_MAX + 1])
{
	_cleanup_(cleanup_level) struct level *level = NULL;

	ret_name[0] = '\0';
	if (level_id && filespace_level_by_id(systems->filespace, level_id, &level) == 0)
		snprintf(ret_name, LEVEL_NAME_MAX + 1, "%s", level_name(level));
}

static int log_link(struct systems *systems, uint32_t uid, const char *operation,
		    const struct system_record *record, uint32_t level_id, int code)
{
	char detail[LEVEL_NAME_MAX + 1];

	name_of(systems, level_id, detail);
	return system_log(systems, uid, operation, record->info.name, code,
			  detail[0] ? detail : NULL);
}

/* ---- checks ---- */

static int check_esm(const struct system_record *record, struct level *level)
{
	struct level_info info;

	level_info(level, &info);
	return strcasecmp(info.esm, system_esm(record)) == 0 ? 0 : -CSM_ESM_DIFFERS;
}

/* 55: STABLE, with the package that made it so. A locked BASE is as good and has none. */
static int check_production(const struct system_record *record, struct level *level)
{
	struct level_info info;
	int current;

	level_info(level, &info);
	if (info.is_base ? !info.locked : info.state != STATE_STABLE)
		return -CSM_NOT_STABLE;
	if (!info.is_base) {
		current = level_package_current(level, 0);
		if (current != 1)
			return current < 0 ? current : -CSM_PACKAGE_STALE;
	}
	return check_esm(record, level);
}

/* ---- setting ---- */

static int check_first_production(const struct system_record *record, struct level *level)
{
	struct level_info info;

	for (int link = 0; link < LINK_COUNT; link++)
		if (record->info.level[link])
			return -CSM_NOT_TESTED_HERE;
	level_info(level, &info);
	return info.locked ? 0 : -CSM_NOT_TESTED_HERE;
}

static int set_link(struct systems *systems, const struct system_record *record,
		    enum system_link link, uint32_t level_id, uint32_t uid)
{
	_cleanup_(cleanup_level) struct level *level = NULL;
	struct system_record next = *record;
	int err;

	if (link != LINK_TEST && link != LINK_PRODUCTION)
		return -CSM_FIXED_ENTRY;
	err = filespace_level_by_id(systems->filespace, level_id, &level);
	if (err)
		return err == -ENOENT ? -CSM_LEVEL_UNKNOWN : err;
	if (record->info.level[link] == level_id)
		return 0;
	if (link == LINK_PRODUCTION)
		err = check_first_production(record, level);
	if (!err)
		err = check_esm(record, level);
	if (err)
		return err;
	point(&next, link, level_id);
	if (link == LINK_TEST) {
		clock_gettime(CLOCK_REALTIME, &next.sent);
		next.sent_by = uid;
	}
	return system_store(systems, &next, uid);
}

int system_set_link(struct systems *systems, uint32_t id, enum system_link link, uint32_t level_id,
		    uint32_t uid)
{
	struct system_record *record;

	WITH_MUTEX(filespace_changes(systems->filespace));
	record = system_record_of(systems, id);
	if (!record)
		return -ENOENT;
	return log_link(systems, uid, link == LINK_PRODUCTION ? "production" : "test", record,
			level_id, set_link(systems, record, link, level_id, uid));
}

/* ---- removing ---- */

static int remove_link(struct systems *systems, const struct system_record *record,
		       enum system_link link, uint32_t uid)
{
	struct system_record next = *record;

	if (link >= LINK_COUNT || !record->info.level[link])
		return -ENOENT;
	if (link == LINK_PRODUCTION)
		return -CSM_PRODUCTION_STAYS;
	point(&next, link, 0);
	return system_store(systems, &next, uid);
}

int system_remove_link(struct systems *systems, uint32_t id, enum system_link link, uint32_t uid)
{
	struct system_record *record;
	uint32_t level_id;

	WITH_MUTEX(filespace_changes(systems->filespace));
	record = system_record_of(systems, id);
	if (!record)
		return -ENOENT;
	level_id = link < LINK_COUNT ? record->info.level[link] : 0;
	return log_link(systems, uid, "droplink", record, level_id,
			remove_link(systems, record, link, uid));
}

/* ---- moving ---- */

static int move_link(struct systems *systems, const struct system_record *record,
		     enum system_link from, uint32_t uid)
{
	_cleanup_(cleanup_level) struct level *level = NULL;
	struct system_record next = *record;
	uint32_t moved = record->info.level[from], replaced = record->info.level[LINK_PRODUCTION];
	int err;

	if (!moved)
		return -ENOENT;
	err = filespace_level_by_id(systems->filespace, moved, &level);
	if (!err && from == LINK_TEST)
		err = check_production(record, level);
	if (err)
		return err == -ENOENT ? -CSM_LEVEL_UNKNOWN : err;
	point(&next, from, 0);
	if (moved != replaced) { /* else production is what it would become (57) */
		point(&next, LINK_PRODUCTION, moved);
		if (replaced)
			point(&next, LINK_PREVIOUS, replaced);
	}
	return system_store(systems, &next, uid);
}

int system_move_link(struct systems *systems, uint32_t id, enum system_link from,
		     enum system_link to, uint32_t uid)
{
	bool is_move = to == LINK_PRODUCTION && (from == LINK_TEST || from == LINK_PREVIOUS);
	struct system_record *record;
	uint32_t level_id;

	WITH_MUTEX(filespace_changes(systems->filespace));
	record = system_record_of(systems, id);
	if (!record)
		return -ENOENT;
	level_id = from < LINK_COUNT ? record->info.level[from] : 0;
	return log_link(systems, uid, from == LINK_PREVIOUS ? "rollback" : "production", record,
			level_id,
			is_move ? move_link(systems, record, from, uid) : -CSM_FIXED_ENTRY);
}
