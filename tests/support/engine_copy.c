/*
 * All rows go in one batch: what is copied is small.
 */
#include "tests/support/engine_copy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/base/cleanup.h"

static int copy_blob(void *context, const uint8_t digest[32], struct slice bytes)
{
	return blobs_put(((struct engine *)context)->blobs, digest, bytes);
}

void engine_copy(struct engine *from, struct engine *ret_engine)
{
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;
	_cleanup_(cleanup_kv_iter) struct kv_iter *iter = NULL;

	assert_int_equal(engine_memory_open(ret_engine), 0);
	assert_int_equal(kv_iter_new(from->kv, slice_of(NULL, 0), &iter), 0);
	for (; kv_iter_valid(iter); kv_iter_next(iter))
		kv_batch_put(&batch, kv_iter_key(iter), kv_iter_value(iter));
	assert_int_equal(kv_commit(ret_engine->kv, &batch), 0);
	assert_int_equal(blobs_each(from->blobs, copy_blob, ret_engine), 0);
}
