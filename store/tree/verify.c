/*
 * The room's part of fsck: are the rows what the room would have written?
 *
 *   phase 1  every row: key and value decode, the version exists, its chunks are referred to,
 *            an entry's inode is there and of its kind, an inode's name leads back to it
 *   phase 2  every reference: the row it stands for is there, the chunk is there and good
 *
 * Safe to repair: references (they follow from the rows) and rows of versions that do not
 * exist (nothing can read them). Everything else is told, with version and number, and left.
 */
#include <errno.h>
#include <stdlib.h>

#include "store/tree/merge.h"

struct verify {
	struct trees *trees;
	const struct verify_options *options;
	problem_found found;
	void *context;
	uint64_t problems, repaired;
	struct kv_batch repairs;
	version_id version; /* of the row at hand */
	bool exists, dropped;
	struct view *view; /* of that version, when it exists */
	struct map_row *map;
};

enum { REPAIRS_A_COMMIT = 1000 };

static void problem(struct verify *verify, const char *what, uint64_t number, int code)
{
	verify->problems++;
	if (verify->found)
		verify->found(verify->context, what, verify->version, number, code);
}

/* The problem is one that goes away with what the caller puts into repairs. */
static bool repair(struct verify *verify, const char *what, uint64_t number, int code)
{
	problem(verify, what, number, code);
	if (verify->options->repair)
		verify->repaired++;
	return verify->options->repair;
}

static int flush_repairs(struct verify *verify, size_t at_least)
{
	int err;

	if (verify->repairs.count < at_least)
		return 0;
	err = kv_commit(verify->trees->kv, &verify->repairs);
	kv_batch_clear(&verify->repairs);
	return err;
}

static int key_exists(struct verify *verify, const struct row_key *key)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;
	int err = kv_get(verify->trees->kv, key_slice(key), &value);

	return err == -ENOENT ? 0 : err ? err : 1;
}

static int enter_version(struct verify *verify, version_id version)
{
	struct row_key key;
	int err;

	if (version == verify->version && verify->version != VERSION_NONE)
		return 0;
	view_unref(verify->view);
	verify->view = NULL;
	verify->version = version;
	key_dropped(&key, version);
	err = key_exists(verify, &key);
	if (err < 0)
		return err;
	verify->dropped = err == 1;
	key_version(&key, version);
	err = key_exists(verify, &key);
	if (err < 0)
		return err;
	verify->exists = err == 1;
	if (!verify->exists || verify->dropped)
		return 0;
	err = view_new(verify->trees, version, &verify->view);
	if (err == -CSM_ROW_CORRUPT) {
		problem(verify, "the version's chain to its root is broken", version, err);
		err = 0;
	}
	return err;
}

/* ---- phase 1 ---- */

static int check_reference(struct verify *verify, const struct digest *digest, uint64_t number,
			   uint32_t block)
{
	struct row_key key;
	int there;

	key_reference(&key, digest, verify->version, number, block);
	there = key_exists(verify, &key);
	if (there != 0)
		return there < 0 ? there : 0;
	if (repair(verify, "a row's chunk is not referred to", number, 0))
		kv_batch_put(&verify->repairs, key_slice(&key), slice_of("", 0));
	return 0;
}

static int leads_to(struct verify *verify, uint64_t dir, const char *name, uint64_t number)
{
	uint64_t found;
	int err = view_lookup(verify->view, dir, name, &found);

	if (err)
		return err == -ENOENT ? 0 : err;
	return found == number;
}

static int check_links(struct verify *verify, const struct inode *inode)
{
	_cleanup_(cleanup_merge) struct merge *merge = NULL;
	uint32_t names = 0;
	int err = merge_new(verify->view, 0, verify->view->count, ROW_LINK, inode->number, &merge);

	for (; !err && merge_valid(merge); merge_next(merge)) {
		char name[NAME_LENGTH_MAX + 1];
		uint64_t dir;
		int gone = row_decode_link(merge_value(merge));

		if (gone || link_parse(merge_rest(merge), &dir, name))
			continue; /* one that does not decode is told where its own row is met */
		names++;
		err = leads_to(verify, dir, name, inode->number);
		if (err == 0)
			problem(verify, "a name of the inode does not lead to it", inode->number,
				0);
		err = err < 0 ? err : 0;
	}
	if (!err && names != inode->nlink)
		problem(verify, "the inode's link count is not the number of its names",
			inode->number, 0);
	return err ? err : merge_error(merge);
}

static int check_inode(struct verify *verify, const struct inode *inode)
{
	int err = 0;

	if (inode->content == CONTENT_CHUNK)
		err = check_reference(verify, &inode->chunk, inode->number, 0);
	if (err || !verify->view || inode->number < INODE_FIRST || inode->nlink == 0)
		return err;
	if (inode->parent == 0)
		return check_links(verify, inode);
	err = leads_to(verify, inode->parent, inode->name, inode->number);
	if (err == 0)
		problem(verify, "the inode's name does not lead to it", inode->number, 0);
	return err < 0 ? err : 0;
}

static int check_map(struct verify *verify, uint64_t fork, struct slice rest)
{
	uint32_t first = get_be32(rest.data) * MAP_BLOCKS;

	for (uint32_t i = 0; i < MAP_BLOCKS; i++) {
		int err;

		if (digest_is_zero(&verify->map->block[i]))
			continue;
		err = check_reference(verify, &verify->map->block[i], fork, first + i);
		if (err)
			return err;
	}
	return 0;
}

static int check_dirent(struct verify *verify, uint64_t dir, const struct dirent_row *row)
{
	struct inode inode;
	int err;

	if (!verify->view)
		return 0;
	err = view_inode(verify->view, row->number, &inode);
	if (err == -CSM_STALE) {
		problem(verify, "an entry's inode is not there", dir, err);
		return 0;
	}
	if (!err && (inode.mode & S_IFMT) != row->type)
		problem(verify, "an entry and its inode differ in kind", dir, 0);
	return err == -CSM_ROW_CORRUPT ? 0 : err; /* that row is told where it is met */
}

static int check_value(struct verify *verify, enum row_kind kind, uint64_t number,
		       struct slice rest, struct slice value)
{
	_cleanup_(xattrs_release) struct xattrs xattrs = XATTRS_INIT;
	struct inode inode = { .number = number };
	struct dirent_row dirent;
	int code = 0, err = 0;

	switch (kind) {
	case ROW_DIRENT:
		code = row_decode_dirent(value, &dirent);
		if (code == 0)
			err = check_dirent(verify, number, &dirent);
		break;
	case ROW_INODE:
		code = row_decode_inode(value, &inode);
		if (code == 0)
			err = check_inode(verify, &inode);
		break;
	case ROW_LINK:
		code = row_decode_link(value);
		break;
	case ROW_MAP:
		code = row_decode_map(value, verify->map);
		if (code == 0)
			err = check_map(verify, number, rest);
		break;
	case ROW_TARGET:
		code = value.size >= 1 && value.size <= TARGET_LENGTH_MAX ? 0 : -CSM_ROW_CORRUPT;
		break;
	case ROW_XATTRS:
		code = row_decode_xattrs(value, &xattrs);
		break;
	}
	if (code < 0)
		problem(verify, "a row does not decode", number, code);
	return err;
}

static int check_row(struct verify *verify, struct slice key, struct slice value)
{
	struct slice rest;
	enum row_kind kind;
	version_id version;
	uint64_t number;
	int err = key_parse_row(key, &version, &kind, &number, &rest);

	if (err) {
		problem(verify, "a row's key does not decode", 0, err);
		return 0;
	}
	err = enter_version(verify, version);
	if (err || verify->dropped)
		return err;
	if (!verify->exists) {
		if (repair(verify, "a row of a version that does not exist", number, 0))
			kv_batch_delete(&verify->repairs, key);
		return 0;
	}
	return check_value(verify, kind, number, rest, value);
}

static int check_rows(struct verify *verify)
{
	_cleanup_(cleanup_kv_iter) struct kv_iter *iter = NULL;
	int err = kv_iter_new(verify->trees->kv, slice_text("r"), &iter);

	for (; !err && kv_iter_valid(iter); kv_iter_next(iter)) {
		err = check_row(verify, kv_iter_key(iter), kv_iter_value(iter));
		if (!err)
			err = flush_repairs(verify, REPAIRS_A_COMMIT);
	}
	if (!err)
		err = kv_iter_error(iter);
	return err ? err : flush_repairs(verify, 1);
}

/* ---- phase 2 ---- */

/* 1 when a row of the version holds the digest at that place. */
static int row_holds(struct verify *verify, const struct digest *digest, version_id version,
		     uint64_t number, uint32_t block)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;
	struct inode inode = { .number = number };
	struct row_key key;
	int err;

	key_row(&key, version, ROW_INODE, number);
	err = block == 0 ? kv_get(verify->trees->kv, key_slice(&key), &value) : -ENOENT;
	if (!err && row_decode_inode(buffer_slice(&value), &inode) == 0 &&
	    inode.content == CONTENT_CHUNK && digest_equal(&inode.chunk, digest))
		return 1;
	if (err && err != -ENOENT)
		return err;
	key_map(&key, version, number, block / MAP_BLOCKS);
	err = kv_get(verify->trees->kv, key_slice(&key), &value);
	if (err)
		return err == -ENOENT ? 0 : err;
	return row_decode_map(buffer_slice(&value), verify->map) == 0 &&
	       digest_equal(&verify->map->block[block % MAP_BLOCKS], digest);
}

static int chunk_code(struct verify *verify, const struct digest *digest)
{
	struct chunks *chunks = verify->trees->chunks;

	return verify->options->read_chunks ? chunk_verify(chunks, digest)
					    : chunk_there(chunks, digest);
}

static int check_references(struct verify *verify)
{
	_cleanup_(cleanup_kv_iter) struct kv_iter *iter = NULL;
	struct digest last = { 0 };
	int err = kv_iter_new(verify->trees->kv, slice_text("f"), &iter), code = 0;

	for (; !err && kv_iter_valid(iter); kv_iter_next(iter)) {
		struct slice key = kv_iter_key(iter);
		const uint8_t *p = key.data;
		struct digest digest;
		uint64_t number;

		if (key.size != 1 + DIGEST_SIZE + 16) {
			if (repair(verify, "a reference's key does not decode", 0,
				   -CSM_ROW_CORRUPT))
				kv_batch_delete(&verify->repairs, key);
			continue;
		}
		memcpy(digest.bytes, p + 1, DIGEST_SIZE);
		verify->version = get_be32(p + 1 + DIGEST_SIZE);
		number = get_be64(p + 5 + DIGEST_SIZE);
		if (!digest_equal(&digest, &last))
			code = chunk_code(verify, &digest);
		last = digest;
		if (code == -CSM_CHUNK_CORRUPT)
			problem(verify, "a chunk does not match its digest", number, code);
		else if (code == -CSM_CHUNK_MISSING)
			problem(verify, "a chunk is not in the store", number, code);
		else if (code)
			return code;
		err = row_holds(verify, &digest, verify->version, number,
				get_be32(p + 13 + DIGEST_SIZE));
		if (err == 0 && repair(verify, "a reference without its row", number, 0)) {
			struct row_key note;

			kv_batch_delete(&verify->repairs, key);
			key_garbage(&note, &digest);
			kv_batch_put(&verify->repairs, key_slice(&note), slice_of("", 0));
		}
		err = err < 0 ? err : flush_repairs(verify, REPAIRS_A_COMMIT);
	}
	if (!err)
		err = kv_iter_error(iter);
	return err ? err : flush_repairs(verify, 1);
}

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
	return flush_repairs(verify, REPAIRS_A_COMMIT);
}

static int note_all_unused(struct verify *verify)
{
	int err = chunks_each(verify->trees->chunks, note_unused, verify);

	if (err == -EIO) /* bytes that cannot be read were told of where a row needs them */
		err = 0;
	return err ? err : flush_repairs(verify, 1);
}

int trees_verify(struct trees *trees, const struct verify_options *options, problem_found found,
		 void *context, uint64_t *ret_problems, uint64_t *ret_repaired)
{
	struct verify verify = {
		.trees = trees, .options = options, .found = found, .context = context
	};
	int err;

	verify.map = malloc(sizeof(*verify.map));
	if (!verify.map)
		return -ENOMEM;
	err = check_rows(&verify);
	if (!err)
		err = check_references(&verify);
	if (!err && options->repair)
		err = note_all_unused(&verify);
	view_unref(verify.view);
	kv_batch_release(&verify.repairs);
	free(verify.map);
	*ret_problems = verify.problems;
	*ret_repaired = verify.repaired;
	return err;
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
