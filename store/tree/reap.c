/*
 * What deletions leave behind, taken away in bounded steps while the file system is used
 * (P12): the rows of dropped versions, and chunks that no row refers to any more.
 *
 * A chunk is garbage when it has no reference row. Whoever takes a reference away leaves a
 * note. A note goes after its chunk, so that a crash between the two forgets nothing; a
 * reference may have been taken away meanwhile, and its note have gone with ours, so what
 * is there without a reference after that gets its note back. Chunks are removed while no
 * writer is inside the gate, so one that was just found to be there cannot vanish before the
 * row that refers to it is written.
 */
#include <errno.h>
#include <stdlib.h>

#include "store/tree/tree_internal.h"

enum { ROWS_A_STEP = 1000, CHUNKS_A_STEP = 256 };

static void drop_reference(struct kv_batch *batch, const struct digest *digest, version_id version,
			   uint64_t number, uint32_t block)
{
	struct row_key key;

	key_reference(&key, digest, version, number, block);
	kv_batch_delete(batch, key_slice(&key));
	key_garbage(&key, digest);
	kv_batch_put(batch, key_slice(&key), slice_of("", 0));
}

static void drop_map_references(struct kv_batch *batch, version_id version, uint64_t fork,
				struct slice rest, const struct map_row *row)
{
	uint32_t first = get_be32(rest.data) * MAP_BLOCKS;

	for (uint32_t i = 0; i < MAP_BLOCKS; i++)
		if (!digest_is_zero(&row->block[i]))
			drop_reference(batch, &row->block[i], version, fork, first + i);
}

/* References of one row. A row that does not decode has none that could be found; fsck reports it. */
static void drop_row_references(struct kv_batch *batch, struct slice key, struct slice value,
				struct map_row *scratch)
{
	struct inode inode = { 0 };
	struct slice rest;
	enum row_kind kind;
	version_id version;
	uint64_t number;

	if (key_parse_row(key, &version, &kind, &number, &rest))
		return;
	if (kind == ROW_INODE && row_decode_inode(value, &inode) == 0 &&
	    inode.content == CONTENT_CHUNK)
		drop_reference(batch, &inode.chunk, version, number, 0);
	if (kind == ROW_MAP && row_decode_map(value, scratch) == 0)
		drop_map_references(batch, version, number, rest, scratch);
}

static void forget_version(struct kv_batch *batch, version_id version)
{
	struct row_key begin, end;

	key_digests(&begin, version);
	key_digests(&end, version + 1);
	kv_batch_delete_range(batch, key_slice(&begin), key_slice(&end));
	key_version(&begin, version);
	kv_batch_delete(batch, key_slice(&begin));
	key_dropped(&begin, version);
	kv_batch_delete(batch, key_slice(&begin));
}

static int reap_version(struct trees *trees, version_id version)
{
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;
	_cleanup_(cleanup_kv_iter) struct kv_iter *iter = NULL;
	_cleanup_free_ struct map_row *scratch = malloc(sizeof(*scratch));
	struct row_key key;
	int err, rows = 0;

	if (!scratch)
		return -ENOMEM;
	key_rows(&key, version);
	err = kv_iter_new(trees->kv, key_slice(&key), &iter);
	if (err)
		return err;
	for (; kv_iter_valid(iter) && rows < ROWS_A_STEP; kv_iter_next(iter), rows++) {
		drop_row_references(&batch, kv_iter_key(iter), kv_iter_value(iter), scratch);
		kv_batch_delete(&batch, kv_iter_key(iter));
	}
	err = kv_iter_error(iter);
	if (err)
		return err;
	if (rows < ROWS_A_STEP)
		forget_version(&batch, version);
	err = kv_commit(trees->kv, &batch);
	return err ? err : 1;
}

static int first_key(struct trees *trees, char letter, uint8_t *ret_bytes, size_t size)
{
	_cleanup_(cleanup_kv_iter) struct kv_iter *iter = NULL;
	struct slice key;
	int err = kv_iter_new(trees->kv, slice_of(&letter, 1), &iter);

	if (err)
		return err;
	if (!kv_iter_valid(iter)) {
		err = kv_iter_error(iter);
		return err ? err : -ENOENT;
	}
	key = kv_iter_key(iter);
	if (key.size != size)
		return -CSM_ROW_CORRUPT;
	memcpy(ret_bytes, key.data, size);
	return 0;
}

static int is_unused(void *context, const struct digest *digest)
{
	int used = trees_refer_to(context, digest);

	return used < 0 ? used : !used;
}

/* ret_taken gets the removal of the notes that were read. */
static int read_notes(struct trees *trees, struct digest *ret_digests, size_t *ret_count,
		      struct kv_batch *ret_taken)
{
	_cleanup_(cleanup_kv_iter) struct kv_iter *iter = NULL;
	int err = kv_iter_new(trees->kv, slice_text("g"), &iter);

	*ret_count = 0;
	if (err)
		return err;
	for (; kv_iter_valid(iter) && *ret_count < CHUNKS_A_STEP; kv_iter_next(iter)) {
		struct slice key = kv_iter_key(iter);

		kv_batch_delete(ret_taken, key);
		if (key.size == 1 + DIGEST_SIZE)
			memcpy(ret_digests[(*ret_count)++].bytes, (const uint8_t *)key.data + 1,
			       DIGEST_SIZE);
	}
	return kv_iter_error(iter);
}

/* Chunks that lost a reference, and its note, since they were looked at; or that a writer just put. */
static int note_again(struct trees *trees, const struct digest *digests, size_t count)
{
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;

	for (size_t i = 0; i < count; i++) {
		struct row_key key;
		int used = trees_refer_to(trees, &digests[i]);

		if (used < 0)
			return used;
		if (used || chunk_there(trees->chunks, &digests[i]) == -CSM_CHUNK_MISSING)
			continue;
		key_garbage(&key, &digests[i]);
		kv_batch_put(&batch, key_slice(&key), slice_of("", 0));
	}
	return kv_commit(trees->kv, &batch);
}

static int collect_garbage(struct trees *trees)
{
	_cleanup_(cleanup_kv_batch) struct kv_batch taken = KV_BATCH_INIT;
	_cleanup_free_ struct digest *digests = calloc(CHUNKS_A_STEP, sizeof(*digests));
	size_t count, removed = 0;
	int err;

	if (!digests)
		return -ENOMEM;
	err = read_notes(trees, digests, &count, &taken);
	if (!err)
		err = chunks_remove_unused(trees->chunks, digests, count, is_unused, trees,
					   &removed);
	atomic_fetch_add_explicit(&trees->garbage, removed, memory_order_relaxed);
	if (!err)
		err = kv_commit(trees->kv, &taken);
	if (!err)
		err = note_again(trees, digests, count);
	return err ? err : count == CHUNKS_A_STEP;
}

int trees_reap(struct trees *trees)
{
	uint8_t key[5];
	int err = first_key(trees, 'd', key, sizeof(key));

	if (!err)
		return reap_version(trees, get_be32(key + 1));
	return err == -ENOENT ? collect_garbage(trees) : err;
}
