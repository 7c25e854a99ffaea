/*
 * A store as it was at one moment, to be checked while others use it.
 */
#ifndef STORE_UPKEEP_MOMENT_H
#define STORE_UPKEEP_MOMENT_H

#include "store/store.h"

/*
 * Rows are those of the moment, chunks those of now: one that lost its last reference since may
 * be gone. To be closed before the store, and soon (kv_moment()). 0 or a failure.
 */
int store_moment(struct store *store, struct store **ret_moment);
void store_moment_close(struct store *moment); /* NULL is legal */

static inline void cleanup_moment(struct store **moment)
{
	store_moment_close(*moment);
}

#endif
