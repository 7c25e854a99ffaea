/*
 * How levels come and change their parent; delete.c says how they go.
 *
 * What a level is based on is a version that holds still, never the parent's changing
 * one: sealing the parent gives that version and moves the parent's own writing one
 * version up. So nothing that happens to the parent afterwards shows in the child (17),
 * and the cost does not depend on how much there is (P1).
 *
 * Which versions may go when a level goes: those of its chain before base_version. No
 * other level stands on them, because a level with children is neither deleted nor put
 * on another parent; the child's chain runs through its ancestors' versions only.
 *
 * Each operation ends in one batch. A crash before it leaves at most an empty version on
 * top of the parent, which is its recorded tip then; a crash after it leaves all.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/level/level_internal.h"

/* What a writer is told who comes while the parent changes. */
#define FROZEN_BRIEFLY (-EBUSY)

/* ---- adding ---- */

static int check_new_name(struct filespace *filespace, const char *name)
{
	_cleanup_(cleanup_level) struct level *twin = NULL;
	int err = name_check(name);

	if (err)
		return err;
	if (name_is_reserved(name))
		return -CSM_NAME_RESERVED;
	err = filespace_level_folded(filespace, name, &twin);
	return err == -ENOENT ? 0 : err ? err : -CSM_LEVEL_EXISTS;
}

static void first_record(struct filespace *filespace, const char *name, uint32_t uid,
			 struct level_record *ret_record)
{
	*ret_record = (struct level_record){
		.esm = "NONESM",
		.state = STATE_TEST,
		.basedon = filespace->base->record.id,
		.created_by = uid,
	};
	snprintf(ret_record->name, sizeof(ret_record->name), "%s", name);
	clock_gettime(CLOCK_REALTIME, &ret_record->created);
}

/* Everything that can fail comes before the commit; after it the level exists. */
static int add(struct filespace *filespace, const char *name, uint32_t uid,
	       struct level **ret_level)
{
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;
	_cleanup_(cleanup_level) struct level *level = NULL;
	struct level_record record;
	int err = check_new_name(filespace, name);

	if (err)
		return err;
	first_record(filespace, name, uid, &record);
	err = level_seal(filespace->base, &record.base_version);
	if (!err)
		err = take_id(filespace_kv(filespace), &record.id);
	if (!err)
		err = version_create(filespace->trees, &batch, record.base_version, &record.tip);
	if (!err)
		err = table_reserve(filespace);
	if (!err)
		err = level_new(filespace, &record, &level);
	if (err)
		return err;
	level_put_record(filespace, &level->record, &batch);
	request_decide(&batch);
	err = kv_commit(filespace_kv(filespace), &batch);
	if (err)
		return err;
	level->parent = level_ref(filespace->base);
	filespace->base->children++;
	table_insert(filespace, level_ref(level));
	*ret_level = take_pointer(&level);
	return 0;
}

static int find_added(struct filespace *filespace, const char *name, struct level **ret_level)
{
	int err = kv_sync(filespace_kv(filespace));

	return err ? err : filespace_level(filespace, name, ret_level);
}

int level_add(struct filespace *filespace, const char *name, uint32_t uid, struct level **ret_level)
{
	int err;

	WITH_MUTEX(&filespace->changes);
	if (request_is_done())
		return find_added(filespace, name, ret_level);
	err = add(filespace, name, uid, ret_level);
	oplog_add(filespace->oplog, uid, "add", name, err, NULL);
	if (err)
		return err;
	err = kv_sync(filespace_kv(filespace));
	if (err)
		level_put(take_pointer(ret_level));
	return err;
}

/* ---- another parent ---- */

static int is_content(void *context, const struct diff_entry *entry)
{
	(void)context;
	return entry->kind != DIFF_TIMES;
}

/* 0 when DELTA and APPLY show nothing; the space is frozen, so the answer stays true. */
static int check_no_content(struct level *level)
{
	_cleanup_(cleanup_view) struct view *base = NULL, *view = NULL;
	uint32_t own;
	int result = level_base_view(level, &base);

	if (!result)
		result = level_view(level, &view, &own);
	if (!result)
		result = view_diff(base, view, INODE_BUILD, is_content, NULL);
	if (!result)
		result = view_diff(base, view, INODE_APPLY, is_content, NULL);
	return result == 1 ? -CSM_LEVEL_HAS_CONTENT : result;
}

int level_drop_own_versions(struct level *level, struct kv_batch *batch)
{
	_cleanup_(cleanup_view) struct view *view = NULL;
	uint32_t own;
	int err = level_view(level, &view, &own);

	for (uint32_t i = 0; !err && i < own; i++)
		version_drop(level->filespace->trees, batch, view->ids[i]);
	return err;
}

/* The parent itself holds the level's content already: nothing written since on either side. */
static int stands_there_already(struct level *level, struct level *parent, version_id held)
{
	int has_rows;

	if (level->parent != parent || level->record.base_version != held)
		return 0;
	has_rows = version_has_rows(level->filespace->trees, level->record.tip);
	return has_rows < 0 ? has_rows : !has_rows;
}

/* Under level->lock. */
static void switch_parent(struct level *level, struct level *parent)
{
	struct level *former = level->parent;

	level->parent = level_ref(parent);
	parent->children++;
	former->children--;
	level_put(former); /* never the last: the table has it */
	view_unref(level->base_view);
	level->base_view = NULL;
}

/* Readers see record, parent and view change in one step. */
static int stand_on(struct level *level, struct level *parent, struct level_record *next)
{
	int err;

	WITH_MUTEX(&level->lock);
	err = space_move(level->space, next->tip);
	level_adopt(level, next);
	switch_parent(level, parent);
	return err;
}

/* Under a frozen space, with the parent sealed at held. */
static int move_to(struct level *level, struct level *parent, version_id held)
{
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;
	struct level_record next = level->record;
	struct filespace *filespace = level->filespace;
	int err = level_drop_own_versions(level, &batch);

	if (!err)
		err = version_create(filespace->trees, &batch, held, &next.tip);
	if (err)
		return err;
	next.basedon = parent->record.id;
	next.base_version = held;
	next.epoch++;
	level_put_record(filespace, &next, &batch);
	err = kv_commit(filespace_kv(filespace), &batch);
	if (err)
		return err;
	err = stand_on(level, parent, &next);
	if (err) /* nothing more may be written to versions that are dropped by now */
		space_freeze(level->space, err);
	return err;
}

static int check_new_parent(struct level *level, struct level *parent)
{
	if (level->record.is_base)
		return -CSM_BASE_PERMANENT;
	for (struct level *above = parent; above; above = above->parent)
		if (above == level)
			return -CSM_LEVEL_BASED_ON_ITSELF;
	if (level->record.locked)
		return level_frozen_code(&level->record);
	return level->children ? -CSM_LEVEL_HAS_CHILDREN : 0;
}

static int rebase(struct level *level, struct level *parent)
{
	version_id held;
	int err = check_no_content(level);

	if (!err)
		err = level_seal(parent, &held);
	if (!err)
		err = stands_there_already(level, parent, held);
	if (err)
		return err == 1 ? 0 : err;
	return move_to(level, parent, held);
}

static int set_basedon(struct level *level, const char *name)
{
	_cleanup_(cleanup_level) struct level *parent = NULL;
	struct space *space;
	int err = filespace_level_folded(level->filespace, name, &parent);

	if (err)
		return err == -ENOENT ? -CSM_LEVEL_UNKNOWN : err;
	err = check_new_parent(level, parent);
	if (!err)
		err = level_space(level, &space);
	if (!err)
		err = space_freeze(space, FROZEN_BRIEFLY);
	if (err)
		return err;
	err = rebase(level, parent);
	if (space_frozen(space) == FROZEN_BRIEFLY)
		space_thaw(space);
	return err;
}

int level_set_basedon(struct level *level, const char *parent, uint32_t uid)
{
	WITH_MUTEX(&level->filespace->changes);
	return level_log(level, uid, "basedon",
			 level->gone ? -CSM_STALE : set_basedon(level, parent), parent);
}
