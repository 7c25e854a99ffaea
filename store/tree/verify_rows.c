/*
 * Part 1 of the check: rows of versions. Each is decoded as readers decode it, and what one row
 * says of others is looked up in the view of its own version, which is what the oldest reader of
 * the row sees.
 */
#include <errno.h>
#include <stdlib.h>

#include "store/tree/merge.h"
#include "store/tree/verify_internal.h"

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
	err = verify_key_exists(verify, &key);
	if (err < 0)
		return err;
	verify->dropped = err == 1;
	key_version(&key, version);
	err = verify_key_exists(verify, &key);
	if (err < 0)
		return err;
	verify->exists = err == 1;
	if (!verify->exists || verify->dropped)
		return 0;
	err = view_new(verify->trees, version, &verify->view);
	if (err == -CSM_ROW_CORRUPT) {
		verify_tell(verify, "the version's chain to its root is broken", version, err);
		err = 0;
	}
	return err;
}

static int check_reference(struct verify *verify, const struct digest *digest, uint64_t number,
			   uint32_t block)
{
	struct row_key key;
	int there;

	key_reference(&key, digest, verify->version, number, block);
	there = verify_key_exists(verify, &key);
	if (there != 0)
		return there < 0 ? there : 0;
	if (verify_repair(verify, "a row's chunk is not referred to", number, 0))
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
			verify_tell(verify, "a name of the inode does not lead to it",
				    inode->number, 0);
		err = err < 0 ? err : 0;
	}
	if (!err && names != inode->nlink)
		verify_tell(verify, "the inode's link count is not the number of its names",
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
		verify_tell(verify, "the inode's name does not lead to it", inode->number, 0);
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
		verify_tell(verify, "an entry's inode is not there", dir, err);
		return 0;
	}
	if (!err && (inode.mode & S_IFMT) != row->type)
		verify_tell(verify, "an entry and its inode differ in kind", dir, 0);
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
		verify_tell(verify, "a row does not decode", number, code);
	return err;
}

/* A version whose own rows cannot be read: what hangs on it is not looked at. */
static int enter(struct verify *verify, version_id version)
{
	int err = enter_version(verify, version);

	if (err != -EIO)
		return err;
	verify->exists = true;
	verify->dropped = false;
	verify_tell(verify, "the version cannot be read", version, err);
	return 0;
}

int verify_row(struct verify *verify, struct slice key, struct slice value)
{
	struct slice rest;
	enum row_kind kind;
	version_id version;
	uint64_t number;
	int err = key_parse_row(key, &version, &kind, &number, &rest);

	if (err) {
		verify->version = VERSION_NONE;
		verify_tell(verify, "a row's key does not decode", 0, err);
		return 0;
	}
	err = enter(verify, version);
	if (err || verify->dropped)
		return err;
	if (!verify->exists) {
		if (verify_repair(verify, "a row of a version that does not exist", number, 0))
			kv_batch_delete(&verify->repairs, key);
		return 0;
	}
	err = check_value(verify, kind, number, rest, value);
	if (err == -EIO) {
		verify_tell(verify, "what belongs to a row cannot be read", number, err);
		err = 0;
	}
	return err;
}
