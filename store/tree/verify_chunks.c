/*
 * Part 2 of the check, references and the chunks they are for, and part 3, all other rows.
 *
 * References come in the order of their chunks, so each chunk is read once, however many rows
 * have it. A reference knows the content a chunk is in, not always the inode: where it is a
 * fork's, the inode is searched for, because only an inode has a name.
 */
#include <errno.h>
#include <stdlib.h>

#include "store/tree/verify_internal.h"

enum { FORKS_MAX = 1000 }; /* that are searched for: each search reads all inodes of a version */

struct reference {
	struct digest digest;
	version_id version;
	uint64_t number;
	uint32_t block;
	bool of_fork; /* found while looking for its row */
};

static int parse_reference(struct slice key, struct reference *ret_reference)
{
	const uint8_t *p = key.data;

	if (key.size != 1 + DIGEST_SIZE + 16)
		return -CSM_ROW_CORRUPT;
	memcpy(ret_reference->digest.bytes, p + 1, DIGEST_SIZE);
	ret_reference->version = get_be32(p + 1 + DIGEST_SIZE);
	ret_reference->number = get_be64(p + 5 + DIGEST_SIZE);
	ret_reference->block = get_be32(p + 13 + DIGEST_SIZE);
	ret_reference->of_fork = false;
	return 0;
}

/* ---- the row ---- */

static int inode_holds(struct verify *verify, const struct reference *reference)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;
	struct inode inode = { .number = reference->number };
	struct row_key key;
	int err;

	if (reference->block != 0)
		return 0;
	key_row(&key, reference->version, ROW_INODE, reference->number);
	err = kv_get(verify->trees->kv, key_slice(&key), &value);
	if (err)
		return err == -ENOENT ? 0 : err;
	return row_decode_inode(buffer_slice(&value), &inode) == 0 &&
	       inode.content == CONTENT_CHUNK && digest_equal(&inode.chunk, &reference->digest);
}

static int map_holds(struct verify *verify, const struct reference *reference)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;
	struct row_key key;
	int err;

	key_map(&key, reference->version, reference->number, reference->block / MAP_BLOCKS);
	err = kv_get(verify->trees->kv, key_slice(&key), &value);
	if (err)
		return err == -ENOENT ? 0 : err;
	return row_decode_map(buffer_slice(&value), verify->map) == 0 &&
	       digest_equal(&verify->map->block[reference->block % MAP_BLOCKS], &reference->digest);
}

/* 1 when a row of the version holds the digest at that place. */
static int row_holds(struct verify *verify, struct reference *reference)
{
	int holds = inode_holds(verify, reference);

	if (holds)
		return holds;
	holds = map_holds(verify, reference);
	reference->of_fork = holds == 1;
	return holds;
}

/* The inode of the version that has the fork, or the fork. */
static uint64_t inode_of(struct verify *verify, const struct reference *reference)
{
	_cleanup_(cleanup_kv_iter) struct kv_iter *iter = NULL;
	struct row_key prefix;

	if (!reference->of_fork || verify->forks++ >= FORKS_MAX)
		return reference->number;
	key_kind(&prefix, reference->version, ROW_INODE);
	if (kv_iter_new(verify->trees->kv, key_slice(&prefix), &iter))
		return reference->number;
	for (; kv_iter_valid(iter); kv_iter_next(iter)) {
		struct slice key = kv_iter_key(iter);
		struct inode inode;

		if (key.size == ROW_KEY_FIXED &&
		    row_decode_inode(kv_iter_value(iter), &inode) == 0 &&
		    inode.content == CONTENT_MAP && inode.fork == reference->number)
			return get_be64((const uint8_t *)key.data + ROW_KEY_FIXED - 8);
	}
	return reference->number;
}

/* ---- the chunk ---- */

static int read_chunk(struct verify *verify, const struct digest *digest)
{
	struct chunks *chunks = verify->trees->chunks;
	uint64_t stored = 0;
	int code;

	if (!verify->options->read_chunks)
		return chunk_there(chunks, digest);
	code = chunk_verify_stored(chunks, digest, &stored);
	verify->chunks++;
	verify->bytes += stored;
	return code;
}

/* Inside the gate the collector removes nothing: what has a reference now has its chunk. */
static int look_again(struct verify *verify, const struct digest *digest, int code)
{
	struct chunks *chunks = verify->trees->chunks;
	int used;

	chunks_enter(chunks);
	used = trees_refer_to(verify->trees->live, digest);
	if (used == 1)
		code = verify->options->read_chunks ? chunk_verify(chunks, digest)
						    : chunk_there(chunks, digest);
	chunks_leave(chunks);
	return used == 0 ? 0 : code;
}

static const char *words_of(int code)
{
	switch (code) {
	case -CSM_CHUNK_CORRUPT:
		return "a chunk does not match its digest";
	case -CSM_CHUNK_MISSING:
		return "a chunk is not in the store";
	default:
		return "a chunk cannot be read";
	}
}

/* 0 or the failure that ends the run; how the chunk is goes into the run. */
static int check_chunk(struct verify *verify, const struct digest *digest)
{
	int code;

	if (digest_equal(digest, &verify->chunk))
		return 0;
	code = read_chunk(verify, digest);
	if (code && verify->trees->live)
		code = look_again(verify, digest, code);
	verify->chunk = *digest;
	verify->chunk_code = code;
	return code == -CSM_CHUNK_CORRUPT || code == -CSM_CHUNK_MISSING || code == -EIO ? 0 : code;
}

int verify_reference(struct verify *verify, struct slice key, struct slice value)
{
	struct reference reference;
	struct row_key note;
	int err = parse_reference(key, &reference), holds;

	(void)value;
	verify->version = err ? VERSION_NONE : reference.version;
	if (err) {
		if (verify_repair(verify, "a reference's key does not decode", 0, err))
			kv_batch_delete(&verify->repairs, key);
		return 0;
	}
	err = check_chunk(verify, &reference.digest);
	if (err)
		return err;
	holds = row_holds(verify, &reference);
	if (holds < 0 && holds != -EIO)
		return holds;
	if (holds == -EIO)
		verify_tell(verify, "what belongs to a reference cannot be read", reference.number,
			    holds);
	if (verify->chunk_code)
		verify_tell_chunk(verify, words_of(verify->chunk_code),
				  inode_of(verify, &reference), verify->chunk_code,
				  &reference.digest, reference.block);
	if (holds == 0 &&
	    verify_repair(verify, "a reference without its row", reference.number, 0)) {
		kv_batch_delete(&verify->repairs, key);
		key_garbage(&note, &reference.digest);
		kv_batch_put(&verify->repairs, key_slice(&note), slice_of("", 0));
	}
	return 0;
}

int trees_refer_to(struct trees *trees, const struct digest *digest)
{
	_cleanup_(cleanup_kv_iter) struct kv_iter *iter = NULL;
	struct row_key key;
	int err;

	key_references(&key, digest);
	err = kv_iter_new(trees->kv, key_slice(&key), &iter);
	if (err)
		return err;
	return kv_iter_valid(iter) ? 1 : kv_iter_error(iter);
}

/* ---- chunks without a reference ---- */

/*
 * A writer that died between a chunk and its row left bytes that nobody knows of. They harm
 * nobody and are no problem; noted as garbage they are collected.
 */
static int note_unused(void *context, const struct digest *digest)
{
	struct verify *verify = context;
	struct row_key note;
	int used = trees_refer_to(verify->trees, digest);

	if (used)
		return used < 0 ? used : 0;
	key_garbage(&note, digest);
	kv_batch_put(&verify->repairs, key_slice(&note), slice_of("", 0));
	return verify_flush(verify, VERIFY_REPAIRS_A_COMMIT);
}

int verify_note_unused(struct verify *verify)
{
	int err = chunks_each(verify->trees->chunks, note_unused, verify);

	if (err == -EIO) /* bytes that cannot be read were told of where a row needs them */
		err = 0;
	return err ? err : verify_flush(verify, 1);
}

/* ---- other rows ---- */

static bool is_sound(struct slice key, struct slice value)
{
	switch (*(const char *)key.data) {
	case 'h':
		return key.size == 13 && (value.size == 0 || value.size == DIGEST_SIZE);
	case 'g':
		return key.size == 1 + DIGEST_SIZE;
	case 'd':
		return key.size == 5;
	case 'o':
		return key.size == 13;
	case 'n':
		return value.size == 8;
	default: /* versions are looked at with their rows; the others are rows of other rooms */
		return true;
	}
}

/* A digest that is empty is made again; a note says nothing that is not found without it. */
int verify_other(struct verify *verify, struct slice key, struct slice value)
{
	char letter = *(const char *)key.data;

	if (is_sound(key, value))
		return 0;
	verify->version = VERSION_NONE;
	if (letter == 'h' || letter == 'g') {
		if (!verify_repair(verify,
				   letter == 'h' ? "a digest does not decode"
						 : "a note of garbage does not decode",
				   0, -CSM_ROW_CORRUPT))
			return 0;
		if (letter == 'h' && key.size == 13)
			kv_batch_put(&verify->repairs, key, slice_of("", 0));
		else
			kv_batch_delete(&verify->repairs, key);
	} else {
		verify_tell(verify, "a row does not decode", 0, -CSM_ROW_CORRUPT);
	}
	return 0;
}
