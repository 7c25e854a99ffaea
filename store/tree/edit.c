/*
 * The edit: everything one change writes, gathered in one batch under the space's lock.
 *
 * Inodes taken into an edit are changed in place and encoded once at commit, so that an
 * operation may touch the same directory twice. Reads inside an edit see the rows from
 * before it and the staged inodes, never the batch.
 *
 * Marks. DELTA must list a change without searching the tree, and digests must be found
 * stale without computing them. So a change marks the way up: in the top version every
 * directory above it gets an entry row of its own (a copy of the inherited one) and an
 * empty digest row. Once a directory has its empty digest row, everything above it has
 * one too, and the walk stops there: the second change in a directory pays nothing.
 */
#include <errno.h>
#include <stdlib.h>

#include "store/tree/merge.h"
#include "store/tree/tree_internal.h"

int edit_begin(struct edit *edit, struct space *space)
{
	memset(edit, 0, sizeof(*edit));
	edit->space = space;
	pthread_rwlock_wrlock(&space->lock);
	edit->locked = true;
	if (space->frozen)
		return space->frozen;
	edit->view = space->view;
	edit->tip = space->view->ids[0];
	clock_gettime(CLOCK_REALTIME, &edit->now);
	return 0;
}

void edit_end(struct edit *edit)
{
	if (edit->locked && edit->touched && !edit->committed)
		space_forget_marks(edit->space);
	if (edit->locked)
		pthread_rwlock_unlock(&edit->space->lock);
	edit->locked = false;
	for (size_t i = 0; i < edit->staged_count; i++)
		free(edit->staged[i]);
	edit->staged_count = 0;
	kv_batch_release(&edit->batch);
}

static struct staged_inode *find_staged(struct edit *edit, uint64_t number)
{
	for (size_t i = 0; i < edit->staged_count; i++)
		if (edit->staged[i]->inode.number == number)
			return edit->staged[i];
	return NULL;
}

static struct staged_inode *staged_of(struct edit *edit, struct inode *inode)
{
	return find_staged(edit, inode->number);
}

static int stage(struct edit *edit, struct staged_inode **ret_staged)
{
	struct staged_inode *staged;

	if (edit->staged_count == EDIT_INODES_MAX)
		return -E2BIG;
	staged = calloc(1, sizeof(*staged));
	if (!staged)
		return -ENOMEM;
	edit->staged[edit->staged_count++] = staged;
	*ret_staged = staged;
	return 0;
}

int edit_inode(struct edit *edit, uint64_t number, struct inode **ret_inode)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;
	struct staged_inode *staged = find_staged(edit, number);
	struct row_key key;
	version_id version;
	struct inode inode = { .number = number };
	int err;

	if (staged) {
		*ret_inode = &staged->inode;
		return staged->gone ? -CSM_STALE : 0;
	}
	key_row(&key, 0, ROW_INODE, number);
	err = view_nearest(edit->view, 0, &key, &value, &version);
	if (err)
		return err == -ENOENT ? -CSM_STALE : err;
	err = row_decode_inode(buffer_slice(&value), &inode);
	if (err)
		return err == 1 ? -CSM_STALE : err;
	err = stage(edit, &staged);
	if (err)
		return err;
	staged->inode = inode;
	staged->from = version;
	if (version == edit->tip && inode.content == CONTENT_CHUNK)
		staged->own_chunk = inode.chunk;
	*ret_inode = &staged->inode;
	return 0;
}

int edit_new_inode(struct edit *edit, struct inode **ret_inode)
{
	struct staged_inode *staged;
	uint64_t number;
	int err = trees_new_number(edit->space->trees, &number);

	if (!err)
		err = stage(edit, &staged);
	if (err)
		return err;
	staged->inode.number = number;
	staged->inode.atime = staged->inode.mtime = edit->now;
	staged->inode.ctime = staged->inode.btime = edit->now;
	*ret_inode = &staged->inode;
	return 0;
}

/* ---- references ---- */

void edit_refer(struct edit *edit, const struct digest *digest, uint64_t number, uint32_t block)
{
	struct row_key key;

	key_reference(&key, digest, edit->tip, number, block);
	kv_batch_put(&edit->batch, key_slice(&key), slice_of("", 0));
}

void edit_unrefer(struct edit *edit, const struct digest *digest, uint64_t number, uint32_t block)
{
	struct row_key key;

	key_reference(&key, digest, edit->tip, number, block);
	kv_batch_delete(&edit->batch, key_slice(&key));
	key_garbage(&key, digest);
	kv_batch_put(&edit->batch, key_slice(&key), slice_of("", 0));
}

/* ---- entries ---- */

static void put_dirent(struct edit *edit, uint64_t dir, const char *name,
		       const struct dirent_row *row)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;
	struct row_key key;

	key_dirent(&key, edit->tip, dir, name);
	row_encode_dirent(row, &value);
	kv_batch_put(&edit->batch, key_slice(&key), buffer_slice(&value));
}

int edit_row_older(struct edit *edit, const struct row_key *key, struct buffer *ret_value)
{
	struct view *view = edit->view;
	struct row_key older = *key;

	for (uint32_t i = 1; i < view->count; i++) {
		int err;

		if (!view_may_have_row(view, i, key))
			continue;
		put_be32(older.bytes + 1, view->ids[i]);
		err = kv_get(view->trees->kv, key_slice(&older), ret_value);
		if (err != -ENOENT)
			return err;
	}
	return -ENOENT;
}

int edit_hide_row(struct edit *edit, const struct row_key *key)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;
	int err = edit_row_older(edit, key, &value);

	if (err == -ENOENT || (!err && value.size == 1 && value.data[0] == 0)) {
		kv_batch_delete(&edit->batch, key_slice(key));
		return 0;
	}
	if (err)
		return err;
	row_gone(&value);
	kv_batch_put(&edit->batch, key_slice(key), buffer_slice(&value));
	return 0;
}

int edit_dirent(struct edit *edit, uint64_t dir, const char *name, const struct dirent_row *row)
{
	struct row_key key;

	if (row) {
		put_dirent(edit, dir, name, row);
		return 0;
	}
	key_dirent(&key, edit->tip, dir, name);
	return edit_hide_row(edit, &key);
}

/* ---- marks ---- */

/* Gives the entry (dir, name) of an inode a row in the top version. */
static int mark_entry(struct edit *edit, uint64_t dir, const char *name, uint64_t number)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;
	struct dirent_row row;
	struct row_key key;
	version_id version;
	int err;

	key_dirent(&key, 0, dir, name);
	err = view_nearest(edit->view, 0, &key, &value, &version);
	if (err == -ENOENT)
		return 0; /* the entry itself is being made in this edit */
	if (err)
		return err;
	err = row_decode_dirent(buffer_slice(&value), &row);
	if (err < 0)
		return err;
	if (err == 1 || row.number != number || version == edit->tip)
		return 0;
	row.is_explicit = false; /* that was said of the version it was made in */
	put_dirent(edit, dir, name, &row);
	return 0;
}

/* True when the top version already says that the directory changed. */
static int is_marked(struct edit *edit, uint64_t dir)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;
	struct row_key key;
	int err;

	if (atomic_load_explicit(&edit->space->marked[dir % 256], memory_order_relaxed) == dir)
		return 1;
	key_digest(&key, edit->tip, dir);
	err = kv_get(edit->view->trees->kv, key_slice(&key), &value);
	if (err == -ENOENT)
		return 0;
	return err ? err : value.size == 0;
}

static int inode_now(struct edit *edit, uint64_t number, struct inode *ret_inode)
{
	struct staged_inode *staged = find_staged(edit, number);

	if (staged) {
		*ret_inode = staged->inode;
		return 0;
	}
	return view_inode(edit->view, number, ret_inode);
}

int edit_touch_directory(struct edit *edit, uint64_t dir)
{
	/* far more than any real path; a ring in damaged rows ends here */
	for (int depth = 0; depth < 100000; depth++) {
		struct inode inode;
		struct row_key key;
		int err = is_marked(edit, dir);

		if (err)
			return err < 0 ? err : 0;
		key_digest(&key, edit->tip, dir);
		kv_batch_put(&edit->batch, key_slice(&key), slice_of("", 0));
		edit->touched = true;
		atomic_store_explicit(&edit->space->marked[dir % 256], dir, memory_order_relaxed);
		if (dir < INODE_FIRST)
			return 0;
		err = inode_now(edit, dir, &inode);
		if (err)
			return err;
		if (inode.parent == 0)
			return 0; /* a directory without a name yet */
		err = mark_entry(edit, inode.parent, inode.name, dir);
		if (err)
			return err;
		dir = inode.parent;
	}
	return -CSM_ROW_CORRUPT;
}

int edit_touch(struct edit *edit, struct inode *inode)
{
	_cleanup_(cleanup_merge) struct merge *merge = NULL;
	int err;

	if (inode->number < INODE_FIRST)
		return edit_touch_directory(edit, inode->number);
	if (inode->parent) {
		err = mark_entry(edit, inode->parent, inode->name, inode->number);
		return err ? err : edit_touch_directory(edit, inode->parent);
	}
	if (inode->nlink == 0)
		return 0;
	err = merge_new(edit->view, 0, edit->view->count, ROW_LINK, inode->number, &merge);
	for (; !err && merge_valid(merge); merge_next(merge)) {
		char name[NAME_LENGTH_MAX + 1];
		uint64_t dir;
		int gone = row_decode_link(merge_value(merge));

		if (gone < 0)
			return gone;
		if (gone)
			continue;
		err = link_parse(merge_rest(merge), &dir, name);
		if (!err)
			err = mark_entry(edit, dir, name, inode->number);
		if (!err)
			err = edit_touch_directory(edit, dir);
	}
	return err ? err : merge_error(merge);
}

int link_parse(struct slice rest, uint64_t *ret_dir, char ret_name[NAME_LENGTH_MAX + 1])
{
	if (rest.size < 9 || rest.size > 8 + NAME_LENGTH_MAX)
		return -CSM_ROW_CORRUPT;
	*ret_dir = get_be64(rest.data);
	memcpy(ret_name, (const uint8_t *)rest.data + 8, rest.size - 8);
	ret_name[rest.size - 8] = 0;
	return 0;
}

/* ---- the end of an inode, and of the edit ---- */

static int delete_links(struct edit *edit, uint64_t number)
{
	_cleanup_(cleanup_kv_iter) struct kv_iter *iter = NULL;
	struct row_key key;
	int err;

	key_row(&key, edit->tip, ROW_LINK, number);
	err = kv_iter_new(edit->view->trees->kv, key_slice(&key), &iter);
	if (err)
		return err;
	for (; kv_iter_valid(iter); kv_iter_next(iter))
		kv_batch_delete(&edit->batch, kv_iter_key(iter));
	return kv_iter_error(iter);
}

int edit_remove_inode(struct edit *edit, struct inode *inode)
{
	struct row_key key;
	int err = 0;

	if (S_ISREG(inode->mode))
		err = edit_drop_content(edit, inode);
	if (!err)
		err = delete_links(edit, inode->number);
	if (err)
		return err;
	key_row(&key, edit->tip, ROW_XATTRS, inode->number);
	if (inode->has_xattrs)
		kv_batch_delete(&edit->batch, key_slice(&key));
	key_row(&key, edit->tip, ROW_TARGET, inode->number);
	if (S_ISLNK(inode->mode))
		kv_batch_delete(&edit->batch, key_slice(&key));
	if (S_ISDIR(inode->mode)) {
		key_digest(&key, edit->tip, inode->number);
		kv_batch_delete(&edit->batch, key_slice(&key));
	}
	staged_of(edit, inode)->gone = true;
	return 0;
}

static int write_staged(struct edit *edit, struct staged_inode *staged)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;
	struct inode *inode = &staged->inode;
	static const struct digest none;
	const struct digest *chunk = &none;
	struct row_key key;

	if (!staged->gone && inode->content == CONTENT_CHUNK)
		chunk = &inode->chunk;
	if (!digest_equal(chunk, &staged->own_chunk)) {
		if (!digest_is_zero(&staged->own_chunk))
			edit_unrefer(edit, &staged->own_chunk, inode->number, 0);
		if (!digest_is_zero(chunk))
			edit_refer(edit, chunk, inode->number, 0);
	}
	key_row(&key, edit->tip, ROW_INODE, inode->number);
	if (staged->gone)
		return edit_hide_row(edit, &key);
	row_encode_inode(inode, &value);
	if (buffer_failed(&value))
		return -ENOMEM;
	kv_batch_put(&edit->batch, key_slice(&key), buffer_slice(&value));
	return 0;
}

int edit_commit(struct edit *edit)
{
	struct space *space = edit->space;
	int err = 0;

	for (size_t i = 0; !err && i < edit->staged_count; i++)
		err = write_staged(edit, edit->staged[i]);
	if (!err) {
		request_decide_edit(&edit->batch);
		err = kv_commit(space->trees->kv, &edit->batch);
	}
	edit->committed = !err;
	if (!err)
		atomic_fetch_add_explicit(&space->trees->commits, 1, memory_order_relaxed);
	return err;
}
