/*
 * The room itself: counters of numbers and versions, and the version records.
 *
 * Numbers and version ids are reserved in blocks: the record moves past a block before
 * the first of it is used, so a crash wastes numbers but never gives one twice.
 */
#include <errno.h>
#include <stdlib.h>

#include "store/tree/tree_internal.h"

enum { RESERVE_NUMBERS = 65536, RESERVE_VERSIONS = 256 };

static int load_counter(struct kv *kv, const char *name, uint64_t first, uint64_t *ret_next)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;
	struct row_key key;
	int err;

	key_counter(&key, name);
	err = kv_get(kv, key_slice(&key), &value);
	if (err == -ENOENT) {
		*ret_next = first;
		return 0;
	}
	if (err)
		return err;
	if (value.size != 8)
		return -CSM_ROW_CORRUPT;
	*ret_next = get_le64(value.data);
	return 0;
}

static int store_counter(struct kv *kv, const char *name, uint64_t next)
{
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;
	struct row_key key;
	uint8_t bytes[8];

	key_counter(&key, name);
	put_le64(bytes, next);
	kv_batch_put(&batch, key_slice(&key), slice_of(bytes, sizeof(bytes)));
	return kv_commit(kv, &batch);
}

static int load_counters(struct trees *trees)
{
	uint64_t version;
	int err = load_counter(trees->kv, "number", INODE_FIRST, &trees->number_next);

	if (!err)
		err = load_counter(trees->kv, "version", 1, &version);
	if (err)
		return err;
	trees->number_end = trees->number_next;
	trees->version_next = (version_id)version;
	trees->version_end = (version_id)version;
	return 0;
}

static void cleanup_trees(struct trees **trees)
{
	trees_close(*trees);
}

int trees_open_session(struct kv *kv, struct chunks *chunks, int unstored_fd,
		       struct trees **ret_trees)
{
	_cleanup_(cleanup_trees) struct trees *trees = calloc(1, sizeof(*trees));
	int err;

	if (!trees)
		return -ENOMEM;
	trees->kv = kv;
	trees->chunks = chunks;
	pthread_mutex_init(&trees->lock, NULL);
	trees->filters = filters_new(kv);
	if (!trees->filters)
		return -ENOMEM;
	err = load_counters(trees);
	if (!err)
		err = unstored_open(unstored_fd, &trees->unstored);
	if (err)
		return err;
	*ret_trees = take_pointer(&trees);
	return 0;
}

int trees_open(struct kv *kv, struct chunks *chunks, struct trees **ret_trees)
{
	return trees_open_session(kv, chunks, -1, ret_trees);
}

int trees_at(struct trees *trees, struct kv *moment, struct trees **ret_trees)
{
	struct trees *at = calloc(1, sizeof(*at));

	if (!at)
		return -ENOMEM;
	at->kv = moment;
	at->chunks = trees->chunks;
	at->filters = trees->filters;
	at->live = trees;
	pthread_mutex_init(&at->lock, NULL);
	*ret_trees = at;
	return 0;
}

void trees_close(struct trees *trees)
{
	if (!trees)
		return;
	pthread_mutex_destroy(&trees->lock);
	unstored_close(trees->unstored);
	if (!trees->live)
		filters_free(trees->filters);
	free(trees);
}

struct kv *trees_kv(struct trees *trees)
{
	return trees->kv;
}

struct chunks *trees_chunks(struct trees *trees)
{
	return trees->chunks;
}

void trees_stats(struct trees *trees, struct trees_stats *ret_stats)
{
	ret_stats->commits = atomic_load(&trees->commits);
	ret_stats->rows_read = atomic_load(&trees->rows_read);
	ret_stats->open_files = atomic_load(&trees->open_files);
	ret_stats->dirty_bytes = atomic_load(&trees->dirty_bytes);
	ret_stats->garbage = atomic_load(&trees->garbage);
}

int trees_new_number(struct trees *trees, uint64_t *ret_number)
{
	WITH_MUTEX(&trees->lock);
	if (trees->number_next == trees->number_end) {
		int err = store_counter(trees->kv, "number", trees->number_end + RESERVE_NUMBERS);

		if (err)
			return err;
		trees->number_end += RESERVE_NUMBERS;
	}
	*ret_number = trees->number_next++;
	return 0;
}

static int new_version(struct trees *trees, version_id *ret_version)
{
	WITH_MUTEX(&trees->lock);
	if (trees->version_next == trees->version_end) {
		int err;

		if (trees->version_end > UINT32_MAX - RESERVE_VERSIONS)
			return -ENOSPC;
		err = store_counter(trees->kv, "version",
				    (uint64_t)trees->version_end + RESERVE_VERSIONS);
		if (err)
			return err;
		trees->version_end += RESERVE_VERSIONS;
	}
	*ret_version = trees->version_next++;
	return 0;
}

static void put_root_directory(struct kv_batch *batch, version_id version, uint64_t number)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;
	struct inode inode = { .number = number, .mode = S_IFDIR | 0755, .nlink = 2 };
	struct row_key key;

	clock_gettime(CLOCK_REALTIME, &inode.btime);
	inode.atime = inode.mtime = inode.ctime = inode.btime;
	key_row(&key, version, ROW_INODE, number);
	row_encode_inode(&inode, &value);
	kv_batch_put(batch, key_slice(&key), buffer_slice(&value));
}

int version_create(struct trees *trees, struct kv_batch *batch, version_id parent,
		   version_id *ret_version)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;
	struct row_key key;
	version_id version;
	int err;

	err = new_version(trees, &version);
	if (err)
		return err;
	key_version(&key, version);
	row_encode_version(parent, &value);
	kv_batch_put(batch, key_slice(&key), buffer_slice(&value));
	if (parent == VERSION_NONE) {
		put_root_directory(batch, version, INODE_BUILD);
		put_root_directory(batch, version, INODE_APPLY);
		put_root_directory(batch, version, INODE_STAGE);
	}
	*ret_version = version;
	return 0;
}

int version_parent(struct trees *trees, version_id version, version_id *ret_parent)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;
	struct row_key key;
	int err;

	key_version(&key, version);
	err = kv_get(trees->kv, key_slice(&key), &value);
	if (err == -ENOENT)
		return -CSM_ROW_CORRUPT;
	return err ? err : row_decode_version(buffer_slice(&value), ret_parent);
}

int version_has_rows(struct trees *trees, version_id version)
{
	_cleanup_(cleanup_kv_iter) struct kv_iter *iter = NULL;
	struct row_key key;
	int err;

	key_rows(&key, version);
	err = kv_iter_new(trees->kv, key_slice(&key), &iter);
	if (err)
		return err;
	if (kv_iter_valid(iter))
		return 1;
	return kv_iter_error(iter);
}

void version_drop(struct trees *trees, struct kv_batch *batch, version_id version)
{
	struct row_key key;

	(void)trees;
	key_dropped(&key, version);
	kv_batch_put(batch, key_slice(&key), slice_of("", 0));
}

struct view *view_alloc(struct trees *trees, uint32_t count)
{
	struct view *view = malloc(sizeof(*view) + count * sizeof(view->ids[0]));

	if (!view)
		return NULL;
	view->trees = trees;
	view->refs = 1;
	view->count = count;
	view->filters = calloc(count, sizeof(view->filters[0]));
	if (!view->filters) {
		free(view);
		return NULL;
	}
	return view;
}

static const struct filter *filter_at(struct view *view, uint32_t place)
{
	const struct filter *filter = __atomic_load_n(&view->filters[place], __ATOMIC_ACQUIRE);
	struct trees *trees = view->trees;

	if (!filter) {
		/* Who reads everything once is not to fill the memory that others' filters need. */
		filter = trees->live ? filters_known(trees->filters, view->ids[place])
				     : filters_of(trees->filters, view->ids[place]);
		__atomic_store_n(&view->filters[place], filter, __ATOMIC_RELEASE);
	}
	return filter;
}

bool view_may_have(struct view *view, uint32_t place, enum row_kind kind, uint64_t number)
{
	return place == 0 || filter_may_have(filter_at(view, place), kind, number);
}

/* Rows of versions (letter r) are where the key says kind and number; others are not filtered. */
bool view_may_have_row(struct view *view, uint32_t place, const struct row_key *key)
{
	enum row_kind kind;
	uint64_t number;

	if (place == 0 || key->bytes[0] != 'r')
		return true;
	kind = (enum row_kind)key->bytes[5];
	number = get_be64(key->bytes + 6);
	if (key->size == ROW_KEY_FIXED)
		return filter_may_have(filter_at(view, place), kind, number);
	return filter_may_have_row(filter_at(view, place), kind, number,
				   slice_of(key->bytes + ROW_KEY_FIXED, key->size - ROW_KEY_FIXED));
}

int view_new(struct trees *trees, version_id tip, struct view **ret_view)
{
	_cleanup_free_ version_id *ids = NULL;
	struct view *view;
	uint32_t count = 0;
	int err;

	for (version_id version = tip; version != VERSION_NONE;) {
		version_id parent;

		if ((count & (count - 1)) == 0) { /* room for the next power of two */
			version_id *more = realloc(ids, (count ? count * 2 : 1) * sizeof(*ids));

			if (!more)
				return -ENOMEM;
			ids = more;
		}
		err = version_parent(trees, version, &parent);
		if (err)
			return err;
		if (parent >= version) /* a parent is always older: no rings */
			return -CSM_ROW_CORRUPT;
		ids[count++] = version;
		version = parent;
	}
	if (count == 0)
		return -CSM_ROW_CORRUPT;
	view = view_alloc(trees, count);
	if (!view)
		return -ENOMEM;
	memcpy(view->ids, ids, count * sizeof(*ids));
	*ret_view = view;
	return 0;
}

struct view *view_ref(struct view *view)
{
	__atomic_add_fetch(&view->refs, 1, __ATOMIC_RELAXED);
	return view;
}

void view_unref(struct view *view)
{
	if (!view || __atomic_sub_fetch(&view->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	free(view->filters);
	free(view);
}
