/*
 * The room's part of fsck and scrub: are the rows what the room would have written?
 *
 *   part 1  every row: key and value decode, the version exists, its chunks are referred to,
 *           an entry's inode is there and of its kind, an inode's name leads back to it
 *   part 2  every reference: the row it stands for is there, the chunk is there and good
 *   part 3  all other rows, so that every block of the database was read
 *
 * Safe to repair: references (they follow from the rows), digests (they are made again) and rows
 * of versions that do not exist (nothing can read them). Everything else is told, with version
 * and number, and left.
 *
 * Where the database does not give its rows the check goes on behind them: one damaged block is
 * no reason not to look at all others.
 *
 * A moment (trees_at()) is looked at while others write and delete. What was deleted since may be
 * half gone from the chunks, so before a problem is told it is asked whether its version is still
 * there, and a chunk is looked at again while no collector can be at work.
 */
#include <errno.h>
#include <stdlib.h>

#include "store/tree/verify_internal.h"

enum {
	ROWS_A_PACE = 256,
	BYTES_A_PACE = 64 << 10,
	ROWS_A_CHUNK = 4096, /* references of one chunk between two paces */
	FORWARD_MAX = 16,    /* bytes of a key by which damage is stepped over */
};

struct part {
	const char *prefix;
	size_t forward; /* as FORWARD_MAX */
	const char *lost;
	int (*check)(struct verify *verify, struct slice key, struct slice value);
};

static const struct part parts[] = {
	{ "r", ROW_KEY_FIXED, "the rows behind this one cannot be read", verify_row },
	{ "f", 9, "references cannot be read", verify_reference },
	{ "", 13, "rows cannot be read", verify_other },
};

#define PARTS (sizeof(parts) / sizeof(parts[0]))

/* ---- problems ---- */

static bool version_is_there(struct kv *kv, version_id version)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;
	struct row_key key;

	key_version(&key, version);
	if (kv_get(kv, key_slice(&key), &value) != 0)
		return false;
	key_dropped(&key, version);
	return kv_get(kv, key_slice(&key), &value) == -ENOENT;
}

/* The level was deleted while it was looked at. */
static bool is_gone_since(const struct verify *verify)
{
	const struct trees *trees = verify->trees;

	return trees->live && version_is_there(trees->kv, verify->version) &&
	       !version_is_there(trees->live->kv, verify->version);
}

/* False: it is none. */
static bool tell(struct verify *verify, const struct tree_problem *problem)
{
	if (is_gone_since(verify))
		return false;
	verify->problems++;
	if (verify->found)
		verify->found(verify->context, problem);
	return true;
}

void verify_tell(struct verify *verify, const char *what, uint64_t number, int code)
{
	tell(verify, &(struct tree_problem){ what, verify->version, number, code, NULL, 0 });
}

void verify_tell_chunk(struct verify *verify, const char *what, uint64_t number, int code,
		       const struct digest *chunk, uint64_t block)
{
	tell(verify, &(struct tree_problem){ what, verify->version, number, code, chunk, block });
}

bool verify_repair(struct verify *verify, const char *what, uint64_t number, int code)
{
	const struct tree_problem problem = { what, verify->version, number, code, NULL, 0 };

	if (!tell(verify, &problem) || !verify->options->repair)
		return false;
	verify->repaired++;
	return true;
}

int verify_flush(struct verify *verify, size_t at_least)
{
	int err;

	if (verify->repairs.count < at_least)
		return 0;
	err = kv_commit(verify->trees->kv, &verify->repairs);
	kv_batch_clear(&verify->repairs);
	return err;
}

int verify_key_exists(struct verify *verify, const struct row_key *key)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;
	int err = kv_get(verify->trees->kv, key_slice(key), &value);

	return err == -ENOENT ? 0 : err ? err : 1;
}

/* ---- the walk ---- */

static size_t part_of(struct slice key)
{
	size_t part = 0;

	while (part + 1 < PARTS && *(const char *)key.data != parts[part].prefix[0])
		part++;
	return part;
}

/* A position between two references to one chunk would have it read twice. */
static bool may_pause(const struct verify *verify, struct slice key)
{
	return key.size < 1 + DIGEST_SIZE || *(const char *)key.data != 'f' ||
	       verify->rows > ROWS_A_CHUNK ||
	       memcmp((const char *)key.data + 1, verify->chunk.bytes, DIGEST_SIZE) != 0;
}

static int pace(struct verify *verify)
{
	uint64_t chunks = verify->chunks, bytes = verify->bytes;

	if (!verify->options->pace || verify->rows + chunks == 0)
		return 0;
	verify->rows = verify->chunks = verify->bytes = 0;
	return verify->options->pace(verify->options->pace_context, chunks, bytes);
}

static int pace_when_due(struct verify *verify, struct slice key)
{
	bool due = verify->chunks || verify->rows >= ROWS_A_PACE || verify->bytes >= BYTES_A_PACE;

	return due && may_pause(verify, key) ? pace(verify) : 0;
}

/* Up to the end, or to where the engine does not give the next row. */
static int walk_on(struct verify *verify, const struct part *part, struct kv_iter *iter,
		   struct buffer *position)
{
	int err = 0;

	while (!err && kv_iter_valid(iter)) {
		struct slice key = kv_iter_key(iter), value = kv_iter_value(iter);
		uint8_t letter = *(const uint8_t *)key.data;

		if (&parts[part_of(key)] != part) { /* had a part of its own */
			letter++;
			kv_iter_seek(iter, slice_of(&letter, 1));
			continue;
		}
		err = pace_when_due(verify, key);
		if (!err)
			err = part->check(verify, key, value);
		if (!err)
			err = buffer_set(position, key.data, key.size);
		if (!err)
			err = verify_flush(verify, VERIFY_REPAIRS_A_COMMIT);
		if (err)
			break;
		verify->rows++;
		verify->bytes += key.size + value.size;
		kv_iter_next(iter);
	}
	return err;
}

/* Adds step to the last byte of a key, with carry. */
static void raise_key(uint8_t *key, size_t size, unsigned step)
{
	for (; size > 0 && step; size--) {
		step += key[size - 1];
		key[size - 1] = (uint8_t)step;
		step >>= 8;
	}
}

/*
 * From a row whose next cannot be read to one that can, in steps that grow, so that not much more
 * is left out than what cannot be read. False when there is none.
 */
static bool step_over(const struct part *part, struct kv_iter *iter, const struct buffer *position)
{
	size_t prefix = strlen(part->prefix);
	uint8_t from[FORWARD_MAX] = { 0 }, key[FORWARD_MAX];

	memcpy(from, part->prefix, prefix);
	if (position->size && &parts[part_of(buffer_slice(position))] == part)
		memcpy(from, position->data,
		       position->size < part->forward ? position->size : part->forward);
	for (size_t size = part->forward; size > prefix; size--)
		for (unsigned step = 1; step < 256; step *= 4) {
			memcpy(key, from, size);
			raise_key(key, size, step);
			kv_iter_seek(iter, slice_of(key, size));
			if (kv_iter_valid(iter))
				return true;
			if (kv_iter_error(iter) == 0)
				return false;
		}
	return false;
}

static void tell_lost(struct verify *verify, const struct part *part, const struct buffer *position)
{
	struct slice rest;
	enum row_kind kind;
	uint64_t number = 0;

	verify->version = VERSION_NONE;
	key_parse_row(buffer_slice(position), &verify->version, &kind, &number, &rest);
	verify_tell(verify, part->lost, number, -EIO);
	verify->version = VERSION_NONE;
}

static int walk(struct verify *verify, const struct part *part, struct buffer *position)
{
	_cleanup_(cleanup_kv_iter) struct kv_iter *iter = NULL;
	int err = kv_iter_new(verify->trees->kv, slice_text(part->prefix), &iter);

	if (err)
		return err;
	if (position->size && &parts[part_of(buffer_slice(position))] == part) {
		buffer_u8(position, 0); /* the least key behind it */
		if (buffer_failed(position))
			return -ENOMEM;
		kv_iter_seek(iter, buffer_slice(position));
		position->size--;
	}
	do {
		err = walk_on(verify, part, iter, position);
		if (err || kv_iter_valid(iter))
			return err;
		err = kv_iter_error(iter);
		if (err != -EIO)
			return err;
		tell_lost(verify, part, position);
	} while (step_over(part, iter, position));
	return 0;
}

/* ---- all of it ---- */

static int run(struct verify *verify, struct buffer *position)
{
	size_t part = position->size ? part_of(buffer_slice(position)) : 0;
	int err = 0;

	verify->map = malloc(sizeof(*verify->map));
	if (!verify->map)
		return -ENOMEM;
	for (; !err && part < PARTS; part++) {
		err = walk(verify, &parts[part], position);
		if (!err)
			err = verify_flush(verify, 1);
	}
	if (!err)
		err = pace(verify);
	if (!err && verify->options->repair)
		err = verify_note_unused(verify);
	return err;
}

int trees_verify_from(struct trees *trees, const struct verify_options *options,
		      struct buffer *position, problem_found found, void *context,
		      uint64_t *ret_problems, uint64_t *ret_repaired)
{
	struct verify verify = {
		.trees = trees, .options = options, .found = found, .context = context
	};
	int err = run(&verify, position);

	view_unref(verify.view);
	kv_batch_release(&verify.repairs);
	free(verify.map);
	*ret_problems = verify.problems;
	*ret_repaired = verify.repaired;
	return err;
}

int trees_verify(struct trees *trees, const struct verify_options *options, problem_found found,
		 void *context, uint64_t *ret_problems, uint64_t *ret_repaired)
{
	_cleanup_(cleanup_buffer) struct buffer position = BUFFER_INIT;

	return trees_verify_from(trees, options, &position, found, context, ret_problems,
				 ret_repaired);
}
