/*
 * One level: its reference count, its space, what is read of it, and the step that
 * changes its record.
 *
 * The space opens when first used, frozen when the record says so; that is the only
 * place where a lock outlives a restart. Reads take level->lock for a moment to see the
 * record and the view of one and the same state.
 */
#include "store/level/level.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/level/level_internal.h"

int level_new(struct filespace *filespace, struct level_record *record, struct level **ret_level)
{
	struct level *level = calloc(1, sizeof(*level));

	if (!level)
		return -ENOMEM;
	level->filespace = filespace;
	level->record = *record;
	record->description = NULL;
	atomic_init(&level->refs, 1);
	pthread_mutex_init(&level->lock, NULL);
	*ret_level = level;
	return 0;
}

struct level *level_ref(struct level *level)
{
	atomic_fetch_add_explicit(&level->refs, 1, memory_order_relaxed);
	return level;
}

/* The level's last reference is gone; the one it held on its parent is the caller's now. */
static struct level *free_level(struct level *level)
{
	struct level *parent = level->parent;

	view_unref(level->base_view);
	if (level->space)
		space_close(level->space);
	level_record_release(&level->record);
	pthread_mutex_destroy(&level->lock);
	free(level);
	return parent;
}

void level_put(struct level *level)
{
	/* A loop, because a chain of levels may be deeper than a stack. */
	while (level && atomic_fetch_sub_explicit(&level->refs, 1, memory_order_acq_rel) == 1)
		level = free_level(level);
}

/* ---- reading ---- */

uint32_t level_id(const struct level *level)
{
	return level->record.id;
}

const char *level_name(const struct level *level)
{
	return level->record.name;
}

struct filespace *level_filespace(const struct level *level)
{
	return level->filespace;
}

void level_info(struct level *level, struct level_info *ret_info)
{
	const struct level_record *record = &level->record;

	WITH_MUTEX(&level->lock);
	*ret_info = (struct level_info){
		.id = record->id,
		.state = record->state,
		.locked = record->locked,
		.is_base = record->is_base,
		.sealed_once = record->sealed_once,
		.epoch = record->epoch,
		.created = record->created,
		.created_by = record->created_by,
	};
	snprintf(ret_info->name, sizeof(ret_info->name), "%s", record->name);
	snprintf(ret_info->esm, sizeof(ret_info->esm), "%s", record->esm);
	snprintf(ret_info->description, sizeof(ret_info->description), "%s",
		 record->description ? record->description : "");
	if (level->parent)
		snprintf(ret_info->basedon, sizeof(ret_info->basedon), "%s",
			 level->parent->record.name);
}

int level_frozen_code(const struct level_record *record)
{
	if (!record->locked)
		return 0;
	if (record->is_base)
		return -CSM_BASE_LOCKED;
	return record->state == STATE_STABLE ? -CSM_STABLE_LOCKED : -CSM_LEVEL_LOCKED;
}

/* Under level->lock. */
static int open_space(struct level *level)
{
	struct space *space = NULL;
	int code = level_frozen_code(&level->record);
	int err;

	if (level->space)
		return 0;
	if (level->gone)
		return -CSM_STALE;
	err = space_open(level->filespace->trees, level->record.id, level->record.tip, &space);
	if (err)
		return err;
	err = code ? space_freeze(space, code) : 0;
	if (err)
		space_close(space);
	else
		level->space = space;
	return err;
}

int level_space(struct level *level, struct space **ret_space)
{
	int err;

	WITH_MUTEX(&level->lock);
	err = open_space(level);
	if (!err)
		*ret_space = level->space;
	return err;
}

struct space *level_open_space(struct level *level)
{
	WITH_MUTEX(&level->lock);
	return level->space;
}

/* Under level->lock; takes the view over. */
static int own_part(const struct level *level, struct view *view, struct view **ret_view,
		    uint32_t *ret_own)
{
	for (uint32_t i = 0; i < view->count; i++) {
		if (view->ids[i] == level->record.base_version) {
			*ret_own = i;
			*ret_view = view;
			return 0;
		}
	}
	view_unref(view);
	return -CSM_ROW_CORRUPT;
}

int level_view(struct level *level, struct view **ret_view, uint32_t *ret_own)
{
	struct view *view;
	int err;

	WITH_MUTEX(&level->lock);
	err = open_space(level);
	if (err)
		return err;
	view = space_view(level->space);
	return own_part(level, view, ret_view, ret_own);
}

int level_stored_view(struct level *level, struct view **ret_view, uint32_t *ret_own)
{
	struct view *view;
	int err;

	WITH_MUTEX(&level->lock);
	err = view_new(level->filespace->trees, level->record.tip, &view);
	return err ? err : own_part(level, view, ret_view, ret_own);
}

int level_base_view(struct level *level, struct view **ret_view)
{
	WITH_MUTEX(&level->lock);
	if (!level->base_view) {
		int err = view_new(level->filespace->trees, level->record.base_version,
				   &level->base_view);

		if (err)
			return err;
	}
	*ret_view = view_ref(level->base_view);
	return 0;
}

/* Of content, then inventory (docs/format.md "Digest"). */
static struct digest join_digests(const struct digest parts[2])
{
	return digest_of(slice_of(parts, 2 * sizeof(parts[0])));
}

int level_digest(struct level *level, struct digest *ret_digest)
{
	struct digest parts[2];
	struct space *space;
	int err = level_space(level, &space);

	if (!err)
		err = space_digest(space, INODE_BUILD, &parts[0]);
	if (!err)
		err = space_digest(space, INODE_APPLY, &parts[1]);
	if (!err)
		*ret_digest = join_digests(parts);
	return err;
}

int level_view_digest(struct view *view, struct digest *ret_digest)
{
	struct digest parts[2];
	int err = view_digest(view, INODE_BUILD, &parts[0]);

	if (!err)
		err = view_digest(view, INODE_APPLY, &parts[1]);
	if (!err)
		*ret_digest = join_digests(parts);
	return err;
}

bool level_is_gone(struct level *level)
{
	WITH_MUTEX(&level->lock);
	return level->gone;
}

/* ---- changing the record ---- */

void level_put_record(struct filespace *filespace, const struct level_record *record,
		      struct kv_batch *batch)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;
	struct record_key key;

	record_key_id(&key, 'L', filespace->release, record->id);
	level_record_encode(record, &value);
	kv_batch_put(batch, record_key_slice(&key), buffer_slice(&value));
}

/* The table reads id and name without the level's lock: they are not written, not even the same. */
void level_adopt(struct level *level, struct level_record *record)
{
	const size_t changeable = offsetof(struct level_record, esm);

	_Static_assert(offsetof(struct level_record, id) < offsetof(struct level_record, esm) &&
			       offsetof(struct level_record, name) < offsetof(struct level_record, esm),
		       "what never changes stands before what does");
	if (record->description != level->record.description)
		free(level->record.description);
	memcpy((uint8_t *)&level->record + changeable, (const uint8_t *)record + changeable,
	       sizeof(*record) - changeable);
	record->description = NULL;
}

int level_store_record(struct level *level, struct level_record *record, struct kv_batch *batch)
{
	struct kv *kv = filespace_kv(level->filespace);
	int err;

	level_put_record(level->filespace, record, batch);
	err = kv_commit(kv, batch);
	if (err)
		return err;
	pthread_mutex_lock(&level->lock);
	level_adopt(level, record);
	pthread_mutex_unlock(&level->lock);
	return 0;
}

struct sealing {
	struct filespace *filespace;
	struct level_record record;
};

/* Called with the space locked, so it must not take level->lock; changes protects the record. */
static int put_new_tip(void *context, struct kv_batch *batch, version_id new_tip)
{
	struct sealing *sealing = context;

	sealing->record.tip = new_tip;
	level_put_record(sealing->filespace, &sealing->record, batch);
	return 0;
}

int level_seal(struct level *level, version_id *ret_held)
{
	struct sealing sealing = { level->filespace, level->record };
	struct space *space;
	int err = level_space(level, &space);

	if (!err)
		err = space_seal(space, put_new_tip, &sealing, ret_held);
	if (err)
		return err;
	WITH_MUTEX(&level->lock);
	level_adopt(level, &sealing.record);
	return 0;
}

/* ---- the control log ---- */

int level_log(struct level *level, uint32_t uid, const char *operation, int code,
	      const char *detail)
{
	oplog_add(level->filespace->oplog, uid, operation, level->record.name, code, detail);
	return code ? code : kv_sync(filespace_kv(level->filespace));
}

void level_log_refusal(struct level *level, uint32_t uid, const char *operation, const char *path,
		       int code)
{
	oplog_add(level->filespace->oplog, uid, operation, path ? path : level->record.name, code,
		  NULL);
}
