/*
 * The blob engine on the family "blobs". Puts share the write-ahead log with the rows'
 * commits, which is how a blob is never less durable than a row that refers to it.
 *
 * Put looks first. For a new blob the filters answer without a read; for one that is
 * there the look reads it, which costs less than to store it again and to collect the
 * copy. Two threads may both find nothing and store the same bytes twice: the second
 * replaces the first and nothing is lost.
 */
#include "store/engine/engine_rocksdb.h"

#include <errno.h>

#define DIGEST_BYTES 32

static int rocks_blobs_has(struct blobs *blobs, const uint8_t digest[32])
{
	_cleanup_(cleanup_pinned) rocksdb_pinnableslice_t *pinned = NULL;
	struct rocks *rocks = rocks_of_blobs(blobs);
	char *err = NULL;

	pinned = rocksdb_get_pinned_cf(rocks->db, rocks->read, rocks->blobs, (const char *)digest,
				       DIGEST_BYTES, &err);
	if (err)
		return rocks_error(err, "has blob");
	return pinned != NULL;
}

static int rocks_blobs_put(struct blobs *blobs, const uint8_t digest[32], struct slice bytes)
{
	struct rocks *rocks = rocks_of_blobs(blobs);
	int code = rocks_blobs_has(blobs, digest);
	char *err = NULL;

	if (code)
		return code;
	code = rocks_space_for(rocks, bytes.size);
	if (code)
		return code;
	rocksdb_put_cf(rocks->db, rocks->write, rocks->blobs, (const char *)digest, DIGEST_BYTES,
		       bytes.data, bytes.size, &err);
	atomic_fetch_add(&rocks->activity, 1);
	return rocks_wrote(rocks, err, "put blob");
}

static int rocks_blobs_get(struct blobs *blobs, const uint8_t digest[32], struct buffer *ret_bytes)
{
	struct rocks *rocks = rocks_of_blobs(blobs);

	return rocks_get(rocks, rocks->blobs, slice_of(digest, DIGEST_BYTES), ret_bytes);
}

static int rocks_blobs_remove(struct blobs *blobs, const uint8_t digest[32])
{
	struct rocks *rocks = rocks_of_blobs(blobs);
	char *err = NULL;

	rocksdb_delete_cf(rocks->db, rocks->write, rocks->blobs, (const char *)digest, DIGEST_BYTES,
			  &err);
	if (err)
		return rocks_wrote(rocks, err, "remove blob");
	tidy_note_blob(rocks);
	return 0;
}

static int rocks_blobs_room(struct blobs *blobs, uint64_t size)
{
	return rocks_room_for(rocks_of_blobs(blobs), size);
}

/* An each over all blobs must not push the rows out of the cache. */
static rocksdb_iterator_t *iterator_of_all(struct rocks *rocks)
{
	rocksdb_readoptions_t *read = rocksdb_readoptions_create();
	rocksdb_iterator_t *at;

	rocksdb_readoptions_set_verify_checksums(read, 1);
	rocksdb_readoptions_set_fill_cache(read, 0);
	at = rocksdb_create_iterator_cf(rocks->db, read, rocks->blobs);
	/* The iterator has a copy of them. */
	rocksdb_readoptions_destroy(read);
	rocksdb_iter_seek_to_first(at);
	return at;
}

static int rocks_blobs_each(struct blobs *blobs,
			    int (*each)(void *context, const uint8_t digest[32],
					struct slice bytes),
			    void *context)
{
	rocksdb_iterator_t *at = iterator_of_all(rocks_of_blobs(blobs));
	char *err = NULL;
	int code = 0;

	for (; code == 0 && rocksdb_iter_valid(at); rocksdb_iter_next(at)) {
		size_t key_size, size;
		const char *key = rocksdb_iter_key(at, &key_size);
		const char *value = rocksdb_iter_value(at, &size);

		/* Nothing but digests is ever stored here. */
		code = key_size == DIGEST_BYTES
			       ? each(context, (const uint8_t *)key, slice_of(value, size))
			       : -EIO;
	}
	if (code == 0) {
		rocksdb_iter_get_error(at, &err);
		code = rocks_error(err, "each blob");
	}
	rocksdb_iter_destroy(at);
	return code;
}

static void rocks_blobs_stats(struct blobs *blobs, struct blobs_stats *ret_stats)
{
	struct rocks *rocks = rocks_of_blobs(blobs);

	ret_stats->disk_bytes =
		rocks_property(rocks, rocks->blobs, "rocksdb.total-sst-files-size") +
		rocks_property(rocks, rocks->blobs, "rocksdb.total-blob-file-size");
}

static void rocks_blobs_close(struct blobs *blobs)
{
	rocks_leave(rocks_of_blobs(blobs));
}

const struct blobs_ops rocks_blobs_ops = {
	.put = rocks_blobs_put,
	.get = rocks_blobs_get,
	.has = rocks_blobs_has,
	.remove = rocks_blobs_remove,
	.room = rocks_blobs_room,
	.each = rocks_blobs_each,
	.stats = rocks_blobs_stats,
	.close = rocks_blobs_close,
};
