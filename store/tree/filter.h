/*
 * Which versions can have a row: a small Bloom filter for each version that holds still, so
 * that a look-up at depth 50 asks the engine for two or three keys and not for fifty (P2).
 *
 * A filter is made on first use by one pass over the version's rows and kept until the room
 * closes. Versions with very many rows get none and are always asked; so are all once the
 * memory set aside is used up (P9). Only rows (letter r) are covered.
 */
#ifndef STORE_TREE_FILTER_H
#define STORE_TREE_FILTER_H

#include "store/tree/row.h"

struct filters; /* thread-safe */
struct filter;

/* NULL without memory; free(NULL) is legal. */
struct filters *filters_new(struct kv *kv);
void filters_free(struct filters *filters);

/*
 * The filter of a version whose rows no longer change. Never NULL: where there is none it is
 * one that says "may have" to everything. Valid until filters_free().
 */
const struct filter *filters_of(struct filters *filters, version_id version);
/* The same, but none is made. */
const struct filter *filters_known(struct filters *filters, version_id version);

/* False: the version has no row of that kind and number. */
bool filter_may_have(const struct filter *filter, enum row_kind kind, uint64_t number);
/* False: it has no row whose key goes on with rest, which is not empty. */
bool filter_may_have_row(const struct filter *filter, enum row_kind kind, uint64_t number,
			 struct slice rest);

#endif
