/*
 * A treap: a search tree by key and a heap by priority. The priority is a hash of the
 * key, so the shape of a tree depends on its content only and is balanced whatever the
 * order of insertion.
 *
 * Everything is made of two functions. split() cuts a tree at a key, join() puts two
 * trees with all keys of the one below those of the other together; both copy the nodes
 * on one path and share the rest. A put is split, split, join, join.
 *
 * Ownership: split() and join() borrow their arguments and return references. A call
 * that finds no memory returns -ENOMEM and holds nothing, so the callers' locals clean
 * up and the map that was given is untouched.
 */
#include "store/engine/treap.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "store/base/cleanup.h"

/* Key and value, shared by all copies of a node. */
struct entry {
	atomic_uint refs;
	size_t key_size;
	size_t value_size;
	uint8_t bytes[];
};

struct treap {
	atomic_uint refs;
	uint32_t priority;
	struct entry *entry;
	struct treap *left;  /* keys below */
	struct treap *right; /* keys above */
};

static void entry_unref(struct entry *entry)
{
	if (atomic_fetch_sub(&entry->refs, 1) == 1)
		free(entry);
}

struct treap *treap_ref(struct treap *map)
{
	if (map)
		atomic_fetch_add(&map->refs, 1);
	return map;
}

void treap_unref(struct treap *map)
{
	/* Recursion is as deep as the tree: some forty frames for a hundred thousand keys. */
	if (!map || atomic_fetch_sub(&map->refs, 1) != 1)
		return;
	treap_unref(map->left);
	treap_unref(map->right);
	entry_unref(map->entry);
	free(map);
}

int slice_order(struct slice a, struct slice b)
{
	size_t common = a.size < b.size ? a.size : b.size;
	int order = common ? memcmp(a.data, b.data, common) : 0;

	if (order)
		return order;
	return (a.size > b.size) - (a.size < b.size);
}

struct slice treap_key(const struct treap *entry)
{
	return slice_of(entry->entry->bytes, entry->entry->key_size);
}

struct slice treap_value(const struct treap *entry)
{
	return slice_of(entry->entry->bytes + entry->entry->key_size, entry->entry->value_size);
}

const struct treap *treap_seek(const struct treap *map, struct slice key, bool after)
{
	const struct treap *best = NULL;

	while (map) {
		int order = slice_order(treap_key(map), key);

		if (order > 0 || (order == 0 && !after)) {
			best = map;
			map = map->left;
		} else {
			map = map->right;
		}
	}
	return best;
}

const struct treap *treap_find(const struct treap *map, struct slice key)
{
	const struct treap *found = treap_seek(map, key, false);

	return found && slice_order(treap_key(found), key) == 0 ? found : NULL;
}

/* FNV-1a with a final mix: neighbouring keys must get unrelated priorities. */
static uint32_t hash_of(struct slice key)
{
	const uint8_t *bytes = key.data;
	uint64_t hash = 0xcbf29ce484222325u;

	for (size_t i = 0; i < key.size; i++)
		hash = (hash ^ bytes[i]) * 0x100000001b3u;
	hash ^= hash >> 32;
	hash *= 0xd6e8feb86659fd93u;
	return (uint32_t)(hash >> 32);
}

static struct treap *node_of(struct slice key, struct slice value)
{
	struct entry *entry = malloc(sizeof *entry + key.size + value.size);
	struct treap *node = malloc(sizeof *node);

	if (!entry || !node) {
		free(entry);
		free(node);
		return NULL;
	}
	atomic_init(&entry->refs, 1);
	entry->key_size = key.size;
	entry->value_size = value.size;
	memcpy(entry->bytes, key.data, key.size);
	if (value.size)
		memcpy(entry->bytes + key.size, value.data, value.size);
	atomic_init(&node->refs, 1);
	node->priority = hash_of(key);
	node->entry = entry;
	node->left = NULL;
	node->right = NULL;
	return node;
}

/* The node with other children, whose references it takes, also when it fails (NULL). */
static struct treap *with_children(const struct treap *node, struct treap *left,
				   struct treap *right)
{
	struct treap *copy = malloc(sizeof *copy);

	if (!copy) {
		treap_unref(left);
		treap_unref(right);
		return NULL;
	}
	atomic_init(&copy->refs, 1);
	copy->priority = node->priority;
	copy->entry = node->entry;
	atomic_fetch_add(&copy->entry->refs, 1);
	copy->left = left;
	copy->right = right;
	return copy;
}

/* All keys below key, and all others. */
static int split(struct treap *map, struct slice key, struct treap **ret_below,
		 struct treap **ret_rest)
{
	_cleanup_(cleanup_treap) struct treap *below = NULL;
	_cleanup_(cleanup_treap) struct treap *rest = NULL;

	*ret_below = NULL;
	*ret_rest = NULL;
	if (!map)
		return 0;
	if (slice_order(treap_key(map), key) < 0) {
		if (split(map->right, key, &below, &rest))
			return -ENOMEM;
		below = with_children(map, treap_ref(map->left), take_pointer(&below));
		if (!below)
			return -ENOMEM;
	} else {
		if (split(map->left, key, &below, &rest))
			return -ENOMEM;
		rest = with_children(map, take_pointer(&rest), treap_ref(map->right));
		if (!rest)
			return -ENOMEM;
	}
	*ret_below = take_pointer(&below);
	*ret_rest = take_pointer(&rest);
	return 0;
}

/* Every key of a is below every key of b. */
static int join(struct treap *a, struct treap *b, struct treap **ret_map)
{
	struct treap *inner;

	*ret_map = NULL;
	if (!a || !b) {
		*ret_map = treap_ref(a ? a : b);
		return 0;
	}
	if (a->priority >= b->priority) {
		if (join(a->right, b, &inner))
			return -ENOMEM;
		*ret_map = with_children(a, treap_ref(a->left), inner);
	} else {
		if (join(a, b->left, &inner))
			return -ENOMEM;
		*ret_map = with_children(b, inner, treap_ref(b->right));
	}
	return *ret_map ? 0 : -ENOMEM;
}

/* The map with middle (may be NULL) instead of the keys from begin to end. */
static int replace_range(struct treap *map, struct slice begin, struct slice end,
			 struct treap *middle, struct treap **ret_map)
{
	_cleanup_(cleanup_treap) struct treap *below = NULL;
	_cleanup_(cleanup_treap) struct treap *rest = NULL;
	_cleanup_(cleanup_treap) struct treap *gone = NULL;
	_cleanup_(cleanup_treap) struct treap *above = NULL;
	_cleanup_(cleanup_treap) struct treap *front = NULL;

	*ret_map = NULL;
	if (split(map, begin, &below, &rest) || split(rest, end, &gone, &above) ||
	    join(below, middle, &front))
		return -ENOMEM;
	return join(front, above, ret_map);
}

/* key with a zero byte after it: the least key above it. */
static int replace_key(struct treap *map, struct slice key, struct treap *middle,
		       struct treap **ret_map)
{
	_cleanup_free_ uint8_t *after = malloc(key.size + 1);

	*ret_map = NULL;
	if (!after)
		return -ENOMEM;
	memcpy(after, key.data, key.size);
	after[key.size] = 0;
	return replace_range(map, key, slice_of(after, key.size + 1), middle, ret_map);
}

int treap_put(struct treap *map, struct slice key, struct slice value, struct treap **ret_map)
{
	_cleanup_(cleanup_treap) struct treap *node = node_of(key, value);

	*ret_map = NULL;
	return node ? replace_key(map, key, node, ret_map) : -ENOMEM;
}

int treap_delete_range(struct treap *map, struct slice begin, struct slice end,
		       struct treap **ret_map)
{
	if (slice_order(begin, end) >= 0) {
		*ret_map = treap_ref(map);
		return 0;
	}
	return replace_range(map, begin, end, NULL, ret_map);
}

int treap_delete(struct treap *map, struct slice key, struct treap **ret_map)
{
	if (!treap_find(map, key)) {
		*ret_map = treap_ref(map);
		return 0;
	}
	return replace_key(map, key, NULL, ret_map);
}
