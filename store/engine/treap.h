/*
 * A sorted map of byte strings that never changes: every edit makes a new map that
 * shares what stayed, and the old one remains as it was while somebody holds it. The
 * memory engine is one root pointer to it: an iterator holds the root it began with, a
 * batch becomes visible by exchanging the root.
 *
 * A map is a pointer to its root, NULL when empty. Functions borrow the maps they are
 * given; a map they return belongs to the caller. Any thread may hold and release.
 */
#ifndef STORE_ENGINE_TREAP_H
#define STORE_ENGINE_TREAP_H

#include "store/base/bytes.h"

struct treap;

struct treap *treap_ref(struct treap *map); /* NULL is legal */
void treap_unref(struct treap *map);        /* NULL is legal */
static inline void cleanup_treap(struct treap **map)
{
	treap_unref(*map);
}

/* Below 0, 0 or above 0, as a is before, equal to or after b in byte order. */
int slice_order(struct slice a, struct slice b);

/* The first entry with a key >= key (or > key), or NULL. Valid as long as the map is held. */
const struct treap *treap_seek(const struct treap *map, struct slice key, bool after);
/* The entry of key, or NULL. */
const struct treap *treap_find(const struct treap *map, struct slice key);
struct slice treap_key(const struct treap *entry);
struct slice treap_value(const struct treap *entry);

/* 0 or -ENOMEM; then *ret_map is NULL. */
int treap_put(struct treap *map, struct slice key, struct slice value, struct treap **ret_map);
/* Without every key k with begin <= k < end. */
int treap_delete_range(struct treap *map, struct slice begin, struct slice end,
		       struct treap **ret_map);
int treap_delete(struct treap *map, struct slice key, struct treap **ret_map);

#endif
