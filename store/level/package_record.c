/*
 * What is known of a level's packages: which level they were built against, from which
 * content, and their digest.
 *
 * A package is current while nothing was written to the level after the version it was
 * built from: every version in front of that one is without rows. The question costs one
 * range look-up for each such version, however much there is.
 *
 * The digest of the last package stays when the package is dropped (key Q): a locked
 * level may have it built again, but only as the same bytes (30).
 */
#include <errno.h>
#include <stdlib.h>

#include "store/level/level_internal.h"

/* BASE is 0 in keys and records, so that its package is found without knowing its id. */
static uint32_t against_key(struct level *level, uint32_t against)
{
	return against == level->filespace->record.base_id ? 0 : against;
}

static int read_last(struct level *level, uint32_t against, struct digest *ret_id)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;
	struct record_key key;
	int err;

	record_key_against(&key, 'Q', level->filespace->release, level->record.id, against);
	err = kv_get(filespace_kv(level->filespace), record_key_slice(&key), &value);
	return err ? err : last_record_decode(buffer_slice(&value), ret_id);
}

int level_package(struct level *level, uint32_t against, struct package_record *ret_record)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;
	struct record_key key;
	int err;

	ret_record->against = against_key(level, against);
	record_key_against(&key, 'P', level->filespace->release, level->record.id,
			   ret_record->against);
	err = kv_get(filespace_kv(level->filespace), record_key_slice(&key), &value);
	return err ? err : package_record_decode(buffer_slice(&value), ret_record);
}

/* Calls each for every package record under prefix. */
static int each_package(struct filespace *filespace, const struct record_key *prefix,
			int (*each)(void *context, const struct package_record *record),
			void *context)
{
	_cleanup_(cleanup_kv_iter) struct kv_iter *iter = NULL;
	struct package_record record;
	uint32_t id;
	int result = kv_iter_new(filespace_kv(filespace), record_key_slice(prefix), &iter);

	for (; !result && kv_iter_valid(iter); kv_iter_next(iter)) {
		result = record_key_parse(kv_iter_key(iter), 'P', &id, &record.against);
		if (!result)
			result = package_record_decode(kv_iter_value(iter), &record);
		if (!result)
			result = each(context, &record);
	}
	return result ? result : kv_iter_error(iter);
}

int level_each_package(struct level *level,
		       int (*each)(void *context, const struct package_record *record),
		       void *context)
{
	struct record_key prefix;

	record_key_id(&prefix, 'P', level->filespace->release, level->record.id);
	return each_package(level->filespace, &prefix, each, context);
}

static int is_against(void *context, const struct package_record *record)
{
	const uint32_t *id = context;

	return record->against == *id;
}

int packages_against(struct filespace *filespace, uint32_t id)
{
	struct record_key prefix;

	record_key_kind(&prefix, 'P', filespace->release);
	return each_package(filespace, &prefix, is_against, &id);
}

/* ---- recording ---- */

static int check_record(struct level *level, const struct package_record *record)
{
	struct package_record existing;
	struct digest last;
	int err;

	if (level->gone)
		return -CSM_STALE;
	if (level->record.is_base)
		return -CSM_BASE_PERMANENT;
	err = level_package(level, record->against, &existing);
	if (err != -ENOENT)
		return err ? err : -CSM_PACKAGE_EXISTS;
	if (!level->record.locked)
		return 0;
	err = read_last(level, against_key(level, record->against), &last);
	if (err)
		return err == -ENOENT ? 0 : err;
	return digest_equal(&last, &record->id) ? 0 : -CSM_PACKAGE_DIFFERS;
}

static int record_package(struct level *level, const struct package_record *record)
{
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT, last = BUFFER_INIT;
	struct kv *kv = filespace_kv(level->filespace);
	const char *release = level->filespace->release;
	uint32_t against = against_key(level, record->against);
	struct record_key key;
	int err = check_record(level, record);

	if (err)
		return err;
	record_key_against(&key, 'P', release, level->record.id, against);
	package_record_encode(record, &value);
	kv_batch_put(&batch, record_key_slice(&key), buffer_slice(&value));
	record_key_against(&key, 'Q', release, level->record.id, against);
	last_record_encode(&record->id, &last);
	kv_batch_put(&batch, record_key_slice(&key), buffer_slice(&last));
	request_decide(&batch);
	return kv_commit(kv, &batch);
}

/* "from OTHER" for the control log; NULL for BASE. */
static const char *against_text(struct level *level, uint32_t against,
				char text[LEVEL_NAME_MAX + 8])
{
	_cleanup_(cleanup_level) struct level *other = NULL;

	if (against_key(level, against) == 0 ||
	    filespace_level_by_id(level->filespace, against, &other) != 0)
		return NULL;
	snprintf(text, LEVEL_NAME_MAX + 8, "from %s", other->record.name);
	return text;
}

int level_record_package(struct level *level, const struct package_record *record, uint32_t uid)
{
	char text[LEVEL_NAME_MAX + 8];

	WITH_MUTEX(&level->filespace->changes);
	return level_log(level, uid, "package", record_package(level, record),
			 against_text(level, record->against, text));
}

static int forget_package(struct level *level, uint32_t against)
{
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;
	struct kv *kv = filespace_kv(level->filespace);
	struct package_record existing;
	struct record_key key;
	int err = level_package(level, against, &existing);

	if (err)
		return err;
	if (existing.against == 0 && level->record.state == STATE_STABLE)
		return -CSM_PACKAGE_STABLE;
	record_key_against(&key, 'P', level->filespace->release, level->record.id,
			   existing.against);
	kv_batch_delete(&batch, record_key_slice(&key));
	return kv_commit(kv, &batch);
}

int level_forget_package(struct level *level, uint32_t against, uint32_t uid)
{
	char text[LEVEL_NAME_MAX + 8];

	WITH_MUTEX(&level->filespace->changes);
	return level_log(level, uid, "droppackage", forget_package(level, against),
			 against_text(level, against, text));
}

/* ---- is it current ---- */

/* 1 when the versions in front of content are without rows; 0 also when content is not in the view. */
static int unchanged_since(struct view *view, version_id content)
{
	for (uint32_t i = 0; i < view->count; i++) {
		int has_rows;

		if (view->ids[i] == content)
			return 1;
		has_rows = version_has_rows(view->trees, view->ids[i]);
		if (has_rows)
			return has_rows < 0 ? has_rows : 0;
	}
	return 0;
}

/* The chain as it is stored; a space that nobody opened holds nothing unstored. */
static int stored_view(struct level *level, struct view **ret_view)
{
	struct space *space = level_open_space(level);
	int err;

	if (space) {
		err = space_flush(space, 0);
		*ret_view = space_view(space);
		return err;
	}
	WITH_MUTEX(&level->lock);
	return view_new(level->filespace->trees, level->record.tip, ret_view);
}

static bool is_stable(struct level *level)
{
	WITH_MUTEX(&level->lock);
	return level->record.state == STATE_STABLE;
}

int level_package_current(struct level *level, uint32_t against)
{
	_cleanup_(cleanup_view) struct view *view = NULL;
	struct package_record record;
	int err = level_package(level, against, &record);

	if (err)
		return err == -ENOENT ? -CSM_PACKAGE_MISSING : err;
	if (record.against == 0 && is_stable(level))
		return 1; /* it was when the level became STABLE, and nothing has changed since */
	err = stored_view(level, &view);
	return err ? err : unchanged_since(view, record.content);
}

/* ---- what to build it from ---- */

static int hold_other(struct level *level, uint32_t against, struct view **ret_view)
{
	_cleanup_(cleanup_level) struct level *other = NULL;
	struct filespace *filespace = level->filespace;
	uint32_t id = against ? against : filespace->record.base_id;
	version_id held;
	int err = filespace_level_by_id(filespace, id, &other);

	if (err)
		return err == -ENOENT ? -CSM_LEVEL_UNKNOWN : err;
	if (other == level)
		return -CSM_PACKAGE_AGAINST;
	if (other->record.is_base && !other->record.locked)
		return -CSM_BASE_UNLOCKED;
	err = level_seal(other, &held);
	return err ? err : view_new(filespace->trees, held, ret_view);
}

int level_hold_still(struct level *level, uint32_t against, struct view **ret_view,
		     version_id *ret_content, struct view **ret_against)
{
	_cleanup_(cleanup_view) struct view *view = NULL, *other = NULL;
	int err;

	WITH_MUTEX(&level->filespace->changes);
	if (level->gone)
		return -CSM_STALE;
	if (level->record.is_base)
		return -CSM_BASE_PERMANENT;
	err = hold_other(level, against, &other);
	if (!err)
		err = level_seal(level, ret_content);
	if (!err)
		err = view_new(level->filespace->trees, *ret_content, &view);
	if (err)
		return err;
	*ret_view = take_pointer(&view);
	*ret_against = take_pointer(&other);
	return 0;
}
