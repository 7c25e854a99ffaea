/*
 * All rows of one kind and number over several versions, in byte order of what follows
 * the number in the key, the nearest version's row winning. Names of a directory, names
 * of an inode and pages of a file are all read with it.
 */
#ifndef STORE_TREE_MERGE_H
#define STORE_TREE_MERGE_H

#include "store/tree/tree_internal.h"

struct merge;

/* Over the versions first..first+count-1 of the view. */
int merge_new(struct view *view, uint32_t first, uint32_t count, enum row_kind kind,
	      uint64_t number, struct merge **ret_merge);
/* False at the end, or when the engine failed (merge_error()). */
bool merge_valid(struct merge *merge);
/* What follows the number, and the value; valid until the next call. */
struct slice merge_rest(struct merge *merge);
struct slice merge_value(struct merge *merge);
void merge_next(struct merge *merge);
/* To the first entry whose rest is >= rest. */
void merge_seek(struct merge *merge, struct slice rest);
int merge_error(struct merge *merge);
void merge_free(struct merge *merge);

static inline void cleanup_merge(struct merge **merge)
{
	merge_free(*merge);
}

#endif
