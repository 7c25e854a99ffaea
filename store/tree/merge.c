/*
 * The merge keeps one engine iterator a version that has such rows at all; most versions
 * of a deep chain have none and cost one seek. Iterators are in order of nearness, so
 * of equal names the first one found is the nearest.
 */
#include "store/tree/merge.h"

#include <errno.h>
#include <stdlib.h>

#define MERGE_PREFIX 14 /* letter, version, kind, number */

struct merge {
	size_t count;	/* iterators */
	size_t current; /* where the entry stands; count: at the end */
	int error;
	struct kv_iter *iter[];
};

static struct slice rest_of(struct kv_iter *iter)
{
	struct slice key = kv_iter_key(iter);

	return slice_of((const uint8_t *)key.data + MERGE_PREFIX, key.size - MERGE_PREFIX);
}

static int compare(struct slice a, struct slice b)
{
	size_t size = a.size < b.size ? a.size : b.size;
	int order = memcmp(a.data, b.data, size);

	return order ? order : (a.size > b.size) - (a.size < b.size);
}

static void choose(struct merge *merge)
{
	struct slice least = { NULL, 0 };

	merge->current = merge->count;
	for (size_t i = 0; i < merge->count; i++) {
		struct slice rest;

		if (!kv_iter_valid(merge->iter[i])) {
			int err = kv_iter_error(merge->iter[i]);

			if (err && !merge->error)
				merge->error = err;
			continue;
		}
		rest = rest_of(merge->iter[i]);
		if (merge->current == merge->count || compare(rest, least) < 0) {
			merge->current = i;
			least = rest;
		}
	}
	if (merge->error)
		merge->current = merge->count;
}

int merge_new(struct view *view, uint32_t first, uint32_t count, enum row_kind kind,
	      uint64_t number, struct merge **ret_merge)
{
	_cleanup_(cleanup_merge) struct merge *merge = NULL;

	if (first > view->count)
		first = view->count;
	if (count > view->count - first)
		count = view->count - first;
	merge = calloc(1, sizeof(*merge) + count * sizeof(merge->iter[0]));
	if (!merge)
		return -ENOMEM;
	for (uint32_t i = 0; i < count; i++) {
		struct kv_iter *iter;
		struct row_key key;
		int err;

		if (!view_may_have(view, first + i, kind, number))
			continue;
		key_row(&key, view->ids[first + i], kind, number);
		err = kv_iter_new(view->trees->kv, key_slice(&key), &iter);
		if (err)
			return err;
		if (kv_iter_valid(iter)) {
			merge->iter[merge->count++] = iter;
			continue;
		}
		err = kv_iter_error(iter);
		kv_iter_free(iter);
		if (err)
			return err;
	}
	choose(merge);
	*ret_merge = take_pointer(&merge);
	return 0;
}

bool merge_valid(struct merge *merge)
{
	return merge->current < merge->count;
}

struct slice merge_rest(struct merge *merge)
{
	return rest_of(merge->iter[merge->current]);
}

struct slice merge_value(struct merge *merge)
{
	return kv_iter_value(merge->iter[merge->current]);
}

void merge_next(struct merge *merge)
{
	struct slice rest = merge_rest(merge);

	/* the others first: rest points into the current iterator */
	for (size_t i = 0; i < merge->count; i++)
		if (i != merge->current && kv_iter_valid(merge->iter[i]) &&
		    compare(rest_of(merge->iter[i]), rest) == 0)
			kv_iter_next(merge->iter[i]);
	kv_iter_next(merge->iter[merge->current]);
	choose(merge);
}

void merge_seek(struct merge *merge, struct slice rest)
{
	uint8_t bytes[MERGE_PREFIX + 8 + NAME_LENGTH_MAX];

	if (rest.size > sizeof(bytes) - MERGE_PREFIX)
		rest.size = sizeof(bytes) - MERGE_PREFIX;
	for (size_t i = 0; i < merge->count; i++) {
		struct slice key;

		if (!kv_iter_valid(merge->iter[i]))
			continue; /* seeks go forward only, so a finished one stays finished */
		key = kv_iter_key(merge->iter[i]);
		memcpy(bytes, key.data, MERGE_PREFIX);
		memcpy(bytes + MERGE_PREFIX, rest.data, rest.size);
		kv_iter_seek(merge->iter[i], slice_of(bytes, MERGE_PREFIX + rest.size));
	}
	choose(merge);
}

int merge_error(struct merge *merge)
{
	return merge->error;
}

void merge_free(struct merge *merge)
{
	if (!merge)
		return;
	for (size_t i = 0; i < merge->count; i++)
		kv_iter_free(merge->iter[i]);
	free(merge);
}
