/*
 * Records: do the bytes decode?
 *
 * A level's or a system's record cannot be made again from anything, so one that does not
 * decode is only told. A package's record can be dropped: a package follows from its
 * level and is built again.
 */
#include <errno.h>
#include <stdlib.h>

#include "store/level/level_format.h"
#include "store/system/system_format.h"
#include "store/upkeep/scrub_format.h"
#include "store/upkeep/verify_internal.h"

static int decode_level(struct slice value)
{
	_cleanup_(level_record_release) struct level_record record = { 0 };

	return level_record_decode(value, &record);
}

static int decode_package(struct slice value)
{
	struct package_record record;

	return package_record_decode(value, &record);
}

static int decode_last(struct slice value)
{
	struct digest id;

	return last_record_decode(value, &id);
}

static int decode_system(struct slice value)
{
	_cleanup_free_ struct system_record *record = calloc(1, sizeof(*record));

	return record ? system_record_decode(value, record) : -ENOMEM;
}

static const struct record_kind {
	char kind;
	const char *object, *what;
	bool has_against;
	bool may_drop;
	int (*decode)(struct slice value);
} kinds[] = {
	{ 'L', "level", "the level's record does not decode", false, false, decode_level },
	{ 'P', "package of level", "the package's record does not decode", true, true,
	  decode_package },
	{ 'Q', "package of level", "the last package's digest does not decode", true, true,
	  decode_last },
	{ 'S', "system", "the system's record does not decode", false, false, decode_system },
};

static int check_record(struct verify *verify, const char *release, const struct record_kind *kind,
			struct slice key, struct slice value, struct kv_batch *repairs)
{
	uint32_t id = 0, against;
	int code = record_key_parse(key, kind->kind, &id, kind->has_against ? &against : NULL);

	if (!code)
		code = kind->decode(value);
	if (!code)
		return 0;
	if (!verify_is_damage(code))
		return code;
	verify_problem(verify, code, kind->what, "%s %s number %u", release, kind->object, id);
	if (verify->options->repair && kind->may_drop) {
		kv_batch_delete(repairs, key);
		verify->counts->repaired++;
	}
	return 0;
}

static int check_kind(struct verify *verify, const char *release, const struct record_kind *kind)
{
	_cleanup_(cleanup_kv_iter) struct kv_iter *iter = NULL;
	_cleanup_(cleanup_kv_batch) struct kv_batch repairs = KV_BATCH_INIT;
	struct kv *kv = verify->store->engine.kv;
	struct record_key prefix;
	int code;

	record_key_kind(&prefix, kind->kind, release);
	code = kv_iter_new(kv, record_key_slice(&prefix), &iter);
	if (code)
		return code;
	for (; !code && kv_iter_valid(iter); kv_iter_next(iter))
		code = check_record(verify, release, kind, kv_iter_key(iter), kv_iter_value(iter),
				    &repairs);
	if (!code)
		code = kv_iter_error(iter);
	if (code == -EIO) {
		verify_problem(verify, code, "records cannot be read", "%s", release);
		return 0;
	}
	return code ? code : kv_commit(kv, &repairs);
}

int verify_records(struct verify *verify, const char *release)
{
	int code = 0;

	for (size_t i = 0; !code && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		code = check_kind(verify, release, &kinds[i]);
	return code;
}

static bool is_known(const struct buffer *releases, struct slice key)
{
	const char *release = (const char *)key.data + 1;

	if (key.size < 1 + RELEASE_LENGTH)
		return false;
	for (size_t at = 0; at + RELEASE_LENGTH < releases->size; at += RELEASE_LENGTH + 1)
		if (memcmp(releases->data + at, release, RELEASE_LENGTH) == 0)
			return true;
	return false;
}

int verify_strays(struct verify *verify, const struct buffer *releases)
{
	_cleanup_(cleanup_kv_iter) struct kv_iter *iter = NULL;
	int code = kv_iter_new(verify->store->engine.kv, slice_text("L"), &iter);

	for (; !code && kv_iter_valid(iter); kv_iter_next(iter)) {
		struct slice key = kv_iter_key(iter);

		if (is_known(releases, key))
			continue;
		verify->reached_all = false;
		verify_problem(verify, 0, "a level's record is of a release that is not there",
			       "%.*s", key.size > RELEASE_LENGTH ? RELEASE_LENGTH : 0,
			       (const char *)key.data + 1);
	}
	if (!code)
		code = kv_iter_error(iter);
	if (code == -EIO) {
		verify->reached_all = false;
		verify_problem(verify, code, "records of levels cannot be read", "store");
		return 0;
	}
	return code;
}

int verify_scrub(struct verify *verify)
{
	_cleanup_(cleanup_kv_iter) struct kv_iter *iter = NULL;
	_cleanup_(cleanup_kv_batch) struct kv_batch repairs = KV_BATCH_INIT;
	struct kv *kv = verify->store->engine.kv;
	int code = kv_iter_new(kv, slice_of(SCRUB_PREFIX, 1), &iter);

	for (; !code && kv_iter_valid(iter); kv_iter_next(iter)) {
		if (scrub_row_check(kv_iter_key(iter), kv_iter_value(iter)) == 0)
			continue;
		verify_problem(verify, -CSM_ROW_CORRUPT, "what a scrub kept does not decode",
			       "store");
		if (verify->options->repair) {
			kv_batch_delete(&repairs, kv_iter_key(iter));
			verify->counts->repaired++;
		}
	}
	if (!code)
		code = kv_iter_error(iter);
	if (code == -EIO) {
		verify_problem(verify, code, "what a scrub kept cannot be read", "store");
		return 0;
	}
	return code ? code : kv_commit(kv, &repairs);
}
