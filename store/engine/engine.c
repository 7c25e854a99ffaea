/*
 * What all engines have in common: the batch as a value, and the checks of sizes, so that
 * an implementation may rely on them and a caller's mistake is answered the same way
 * by each of them.
 */
#include "store/engine/engine.h"

#include <errno.h>

#define RECORD_HEADER 9 /* u8 kind, le32 key size, le32 value size */

static bool key_fits(struct slice key)
{
	return key.size >= 1 && key.size <= ENGINE_KEY_MAX;
}

/* ---- batches ---- */

static void batch_add(struct kv_batch *batch, enum kv_change_kind kind, struct slice key,
		      struct slice value)
{
	struct buffer *bytes = &batch->bytes;

	/* What does not fit the record's sizes fits no memory either. */
	if (bytes->failed || key.size > UINT32_MAX || value.size > UINT32_MAX ||
	    buffer_reserve(bytes, RECORD_HEADER + key.size + value.size)) {
		bytes->failed = true;
		return;
	}
	buffer_u8(bytes, (uint8_t)kind);
	buffer_le32(bytes, (uint32_t)key.size);
	buffer_le32(bytes, (uint32_t)value.size);
	buffer_add(bytes, key.data, key.size);
	buffer_add(bytes, value.data, value.size);
	batch->count++;
}

void kv_batch_put(struct kv_batch *batch, struct slice key, struct slice value)
{
	batch_add(batch, KV_PUT, key, value);
}

void kv_batch_delete(struct kv_batch *batch, struct slice key)
{
	batch_add(batch, KV_DELETE, key, slice_of(NULL, 0));
}

void kv_batch_delete_range(struct kv_batch *batch, struct slice begin, struct slice end)
{
	batch_add(batch, KV_DELETE_RANGE, begin, end);
}

void kv_batch_clear(struct kv_batch *batch)
{
	buffer_clear(&batch->bytes);
	batch->count = 0;
}

void kv_batch_release(struct kv_batch *batch)
{
	buffer_release(&batch->bytes);
	batch->count = 0;
}

int kv_batch_each(const struct kv_batch *batch,
		  int (*each)(void *context, enum kv_change_kind kind, struct slice key,
			      struct slice value),
		  void *context)
{
	struct reader reader = reader_of(buffer_slice(&batch->bytes));

	while (reader.left > 0) {
		enum kv_change_kind kind = reader_u8(&reader);
		uint32_t key_size = reader_le32(&reader);
		uint32_t value_size = reader_le32(&reader);
		const uint8_t *key = reader_take(&reader, key_size);
		const uint8_t *value = reader_take(&reader, value_size);
		int code;

		if (reader.bad)
			return -EINVAL;
		code = each(context, kind, slice_of(key, key_size), slice_of(value, value_size));
		if (code)
			return code;
	}
	return 0;
}

static int check_change(void *context, enum kv_change_kind kind, struct slice key,
			struct slice value)
{
	(void)context;
	if (!key_fits(key))
		return -EINVAL;
	if (kind == KV_DELETE_RANGE)
		return key_fits(value) ? 0 : -EINVAL;
	return value.size <= ENGINE_VALUE_MAX ? 0 : -EINVAL;
}

/* ---- the key-value engine ---- */

int kv_get(struct kv *kv, struct slice key, struct buffer *ret_value)
{
	buffer_clear(ret_value);
	if (!key_fits(key))
		return -EINVAL;
	return kv->ops->get(kv, key, ret_value);
}

int kv_get_many(struct kv *kv, const struct slice *keys, size_t count, struct buffer *ret_values,
		int *ret_codes)
{
	for (size_t i = 0; i < count; i++) {
		buffer_clear(&ret_values[i]);
		if (!key_fits(keys[i]))
			return -EINVAL;
	}
	return count ? kv->ops->get_many(kv, keys, count, ret_values, ret_codes) : 0;
}

int kv_iter_new(struct kv *kv, struct slice prefix, struct kv_iter **ret_iter)
{
	*ret_iter = NULL;
	/* An empty prefix is every key. */
	if (prefix.size > ENGINE_KEY_MAX)
		return -EINVAL;
	return kv->ops->iter_new(kv, prefix, ret_iter);
}

int kv_commit(struct kv *kv, const struct kv_batch *batch)
{
	int code;

	if (buffer_failed(&batch->bytes))
		return -ENOMEM;
	if (batch->count == 0)
		return 0;
	code = kv_batch_each(batch, check_change, NULL);
	return code ? code : kv->ops->commit(kv, batch);
}

int kv_sync(struct kv *kv)
{
	return kv->ops->sync(kv);
}

int kv_checkpoint(struct kv *kv, const char *path)
{
	return kv->ops->checkpoint(kv, path);
}

void kv_stats(struct kv *kv, struct kv_stats *ret_stats)
{
	*ret_stats = (struct kv_stats){ 0 };
	kv->ops->stats(kv, ret_stats);
}

int kv_moment(struct kv *kv, struct kv **ret_moment)
{
	*ret_moment = NULL;
	return kv->ops->moment(kv, ret_moment);
}

void kv_close(struct kv *kv)
{
	if (kv)
		kv->ops->close(kv);
}

bool kv_iter_valid(struct kv_iter *iter)
{
	return iter->ops->valid(iter);
}

struct slice kv_iter_key(struct kv_iter *iter)
{
	return iter->ops->key(iter);
}

struct slice kv_iter_value(struct kv_iter *iter)
{
	return iter->ops->value(iter);
}

void kv_iter_next(struct kv_iter *iter)
{
	iter->ops->next(iter);
}

void kv_iter_seek(struct kv_iter *iter, struct slice key)
{
	iter->ops->seek(iter, key);
}

int kv_iter_error(struct kv_iter *iter)
{
	return iter->ops->error(iter);
}

void kv_iter_free(struct kv_iter *iter)
{
	if (iter)
		iter->ops->free(iter);
}

/* ---- the blob engine ---- */

int blobs_put(struct blobs *blobs, const uint8_t digest[32], struct slice bytes)
{
	if (bytes.size > ENGINE_VALUE_MAX)
		return -EINVAL;
	return blobs->ops->put(blobs, digest, bytes);
}

int blobs_get(struct blobs *blobs, const uint8_t digest[32], struct buffer *ret_bytes)
{
	buffer_clear(ret_bytes);
	return blobs->ops->get(blobs, digest, ret_bytes);
}

int blobs_has(struct blobs *blobs, const uint8_t digest[32])
{
	return blobs->ops->has(blobs, digest);
}

int blobs_remove(struct blobs *blobs, const uint8_t digest[32])
{
	return blobs->ops->remove(blobs, digest);
}

int blobs_room(struct blobs *blobs, uint64_t size)
{
	return blobs->ops->room(blobs, size);
}

int blobs_each(struct blobs *blobs,
	       int (*each)(void *context, const uint8_t digest[32], struct slice bytes),
	       void *context)
{
	return blobs->ops->each(blobs, each, context);
}

void blobs_stats(struct blobs *blobs, struct blobs_stats *ret_stats)
{
	*ret_stats = (struct blobs_stats){ 0 };
	blobs->ops->stats(blobs, ret_stats);
}

void blobs_close(struct blobs *blobs)
{
	if (blobs)
		blobs->ops->close(blobs);
}

void engine_close(struct engine *engine)
{
	blobs_close(engine->blobs);
	kv_close(engine->kv);
	engine->blobs = NULL;
	engine->kv = NULL;
}
