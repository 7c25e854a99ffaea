/*
 * A struct store like another, so that all that reads a store reads a moment of one. Only what
 * the moment has for itself is its own: rows, and the tree room on them.
 */
#include "store/upkeep/moment.h"

#include <errno.h>

#include "store/base/cleanup.h"

int store_moment(struct store *store, struct store **ret_moment)
{
	_cleanup_(cleanup_moment) struct store *moment = calloc(1, sizeof(*moment));
	int code;

	if (!moment)
		return -ENOMEM;
	memcpy(moment->uuid, store->uuid, sizeof(moment->uuid));
	moment->lock_fd = -1;
	moment->engine.blobs = store->engine.blobs;
	moment->chunks = store->chunks;
	moment->key = store->key;
	code = kv_moment(store->engine.kv, &moment->engine.kv);
	if (!code)
		code = trees_at(store->trees, moment->engine.kv, &moment->trees);
	if (!code)
		*ret_moment = take_pointer(&moment);
	return code;
}

void store_moment_close(struct store *moment)
{
	if (!moment)
		return;
	trees_close(moment->trees);
	kv_close(moment->engine.kv);
	free(moment);
}
