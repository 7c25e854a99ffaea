/*
 * Versions and rows: is every version reached from a level, and is every row sound?
 *
 * A version that no level reaches holds rows nobody can read. A crash cannot leave one
 * (records and versions change in one batch), so it says that a record was lost; it is
 * dropped only when all records could be followed.
 */
#include "store/upkeep/verify_internal.h"

#include <errno.h>
#include <stdio.h>
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

int verify_own(struct verify *verify, const struct view *view, uint32_t own, const char *name)
{
	for (uint32_t i = 0; i < own; i++) {
		struct verify_owner *owner;

		if (verify->owner_count == verify->owner_room) {
			size_t room = verify->owner_room ? verify->owner_room * 2 : 256;

			owner = reallocarray(verify->owners, room, sizeof(*owner));
			if (!owner)
				return -ENOMEM;
			verify->owners = owner;
			verify->owner_room = room;
		}
		owner = &verify->owners[verify->owner_count];
		*owner = (struct verify_owner){ view->ids[i], strdup(name) };
		if (!owner->name)
			return -ENOMEM;
		verify->owner_count++;
	}
	return 0;
}

/* ---- versions ---- */

static int compare_owners(const void *a, const void *b)
{
	version_id left = ((const struct verify_owner *)a)->version;
	version_id right = ((const struct verify_owner *)b)->version;

	return left < right ? -1 : left > right;
}

static const struct verify_owner *find_owner(const struct verify *verify, version_id version)
{
	struct verify_owner wanted = { version, NULL };

	if (!verify->owner_count)
		return NULL;
	return bsearch(&wanted, verify->owners, verify->owner_count, sizeof(wanted),
		       compare_owners);
}

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

	if (verify->owner_count)
		qsort(verify->owners, verify->owner_count, sizeof(*verify->owners), compare_owners);
	if (!verify->reached_all)
		return 0;
	code = kv_iter_new(kv, slice_text("v"), &iter);
	for (; !code && kv_iter_valid(iter); kv_iter_next(iter))
		code = check_version(verify, kv_iter_key(iter), &repairs);
	if (!code)
		code = kv_iter_error(iter);
	return code ? code : kv_commit(kv, &repairs);
}

/* ---- rows ---- */

/* "COMPONENT/dir/file" where the number still leads to a path, else the number. */
static void name_file(struct verify *verify, version_id version, uint64_t number, char *ret_name,
		      size_t size)
{
	_cleanup_(cleanup_view) struct view *view = NULL;
	_cleanup_(cleanup_buffer) struct buffer path = BUFFER_INIT;

	if (view_new(verify->store->trees, version, &view) == 0 &&
	    view_path(view, number, &path) == 0 && path.size > 0 && !buffer_failed(&path))
		snprintf(ret_name, size, "%.*s", (int)path.size, (const char *)path.data);
	else
		snprintf(ret_name, size, "number %llu", (unsigned long long)number);
}

static void row_problem(void *context, const char *what, version_id version, uint64_t number,
			int code)
{
	struct verify *verify = context;
	const struct verify_owner *owner = find_owner(verify, version);
	char file[VERIFY_OBJECT_MAX - LEVEL_NAME_MAX - 64];

	name_file(verify, version, number, file, sizeof(file));
	if (owner)
		verify_problem(verify, code, what, "%s %s", owner->name, file);
	else
		verify_problem(verify, code, what, "version %u %s", version, file);
}

int verify_rows(struct verify *verify)
{
	uint64_t problems = 0, repaired = 0;
	int code = trees_verify(verify->store->trees, verify->options, row_problem, verify,
				&problems, &repaired);

	verify->counts->repaired += repaired;
	return code;
}
