/*
 * Versions and rows: is every version reached from a level, and is every row sound?
 *
 * A version that no level reaches holds rows nobody can read. A crash cannot leave one
 * (records and versions change in one batch), so it says that a record was lost; it is
 * dropped only when all records could be followed.
 */
#include "store/upkeep/verify_internal.h"

#include <errno.h>
#include <stdlib.h>

#include "store/tree/row.h"

/* ---- who has a version ---- */

static int set_reached(struct verify *verify, version_id version)
{
	size_t at = version / 8;

	if (at >= verify->reached_size) {
		size_t size = at + 1 + at / 2;
		uint8_t *more = realloc(verify->reached, size);

		if (!more)
			return -ENOMEM;
		memset(more + verify->reached_size, 0, size - verify->reached_size);
		verify->reached = more;
		verify->reached_size = size;
	}
	verify->reached[at] |= (uint8_t)(1u << version % 8);
	return 0;
}

static bool is_reached(const struct verify *verify, version_id version)
{
	size_t at = version / 8;

	return at < verify->reached_size && (verify->reached[at] & 1u << version % 8);
}

int verify_reach(struct verify *verify, const struct view *view)
{
	int code = 0;

	/* Behind a version that was reached before, all were. */
	for (uint32_t i = 0; !code && i < view->count && !is_reached(verify, view->ids[i]); i++)
		code = set_reached(verify, view->ids[i]);
	return code;
}

/* ---- versions ---- */

static int is_dropped(struct kv *kv, version_id version)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;
	struct row_key key;
	int code;

	key_dropped(&key, version);
	code = kv_get(kv, key_slice(&key), &value);
	return code == -ENOENT ? 0 : code ? code : 1;
}

static int check_version(struct verify *verify, struct slice key, struct kv_batch *repairs)
{
	version_id version;
	int dropped;

	if (key.size != 1 + sizeof(version)) {
		verify_problem(verify, -CSM_ROW_CORRUPT, "a version's key does not decode",
			       "store");
		return 0;
	}
	version = get_be32((const uint8_t *)key.data + 1);
	if (is_reached(verify, version))
		return 0;
	dropped = is_dropped(verify->store->engine.kv, version);
	if (dropped)
		return dropped < 0 ? dropped : 0;
	verify_problem(verify, 0, "no level reaches the version", "version %u", version);
	if (verify->options->repair) {
		version_drop(verify->store->trees, repairs, version);
		verify->counts->repaired++;
	}
	return 0;
}

int verify_versions(struct verify *verify)
{
	_cleanup_(cleanup_kv_iter) struct kv_iter *iter = NULL;
	_cleanup_(cleanup_kv_batch) struct kv_batch repairs = KV_BATCH_INIT;
	struct kv *kv = verify->store->engine.kv;
	int code;

	if (!verify->reached_all)
		return 0;
	code = kv_iter_new(kv, slice_text("v"), &iter);
	for (; !code && kv_iter_valid(iter); kv_iter_next(iter))
		code = check_version(verify, kv_iter_key(iter), &repairs);
	if (!code)
		code = kv_iter_error(iter);
	if (code == -EIO) {
		verify_problem(verify, code, "versions cannot be read", "store");
		return 0;
	}
	return code ? code : kv_commit(kv, &repairs);
}

/* ---- rows ---- */

static void row_problem(void *context, const struct tree_problem *problem)
{
	struct verify *verify = context;
	char object[VERIFY_OBJECT_MAX], what[VERIFY_WHAT_MAX];

	verify_name(verify, problem, object, what);
	verify_problem(verify, problem->code, what, "%s", object);
}

int verify_rows(struct verify *verify)
{
	uint64_t problems = 0, repaired = 0;
	int code = trees_verify_from(verify->store->trees, verify->options, verify->position,
				     row_problem, verify, &problems, &repaired);

	verify->counts->repaired += repaired;
	return code;
}
