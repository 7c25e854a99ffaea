/*
 * Changing stored content inside an edit.
 *
 * Content has three forms (CONTENT_NONE, _CHUNK, _MAP) and exactly one of them is right for
 * given bytes; everything here ends in the right one. The first block of more than a
 * chunk's worth begins a map under a new fork; a map that is no longer needed is left by
 * dropping the fork: its rows in the top version go, inherited ones are simply no longer
 * asked for.
 *
 * A map row is copied into the top version when a block in it changes first, and refers
 * from then on to all its chunks there. A row of holes hides an inherited one by saying
 * "gone", and is no row at all where nothing is inherited.
 *
 * One edit may change the same page several times before its commit, so a page is looked
 * for in the edit's batch first. The reference of CONTENT_CHUNK is edit_commit()'s.
 */
#include <errno.h>

#include "store/tree/file_internal.h"

int block_put(struct chunks *chunks, const void *data, size_t size, struct digest *ret_digest)
{
	const uint8_t *bytes = data;

	memset(ret_digest, 0, sizeof(*ret_digest));
	if (!size || (bytes[0] == 0 && memcmp(bytes, bytes + 1, size - 1) == 0))
		return 0;
	return chunk_put(chunks, slice_of(data, size), ret_digest);
}

void blocks_abandon(struct trees *trees, const struct digest *digests, size_t count)
{
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;

	for (size_t i = 0; i < count; i++) {
		struct row_key key;

		if (digest_is_zero(&digests[i]))
			continue;
		key_garbage(&key, &digests[i]);
		kv_batch_put(&batch, key_slice(&key), slice_of("", 0));
	}
	kv_commit(trees->kv, &batch);
}

int view_block(struct view *view, const struct inode *inode, uint64_t block,
	       struct digest *ret_digest)
{
	struct page_cache cache = { .loaded = false };

	return content_block(view, inode, block, &cache, ret_digest);
}

/* ---- a page inside an edit ---- */

struct pending {
	struct slice key;
	struct buffer *value;
	int kind; /* enum kv_change_kind of the last change of key, 0: none */
};

static int pending_each(void *context, enum kv_change_kind kind, struct slice key,
			struct slice value)
{
	struct pending *pending = context;

	if (key.size != pending->key.size || memcmp(key.data, pending->key.data, key.size) != 0)
		return 0;
	pending->kind = kind;
	return kind == KV_PUT ? buffer_set(pending->value, value.data, value.size) : 0;
}

struct page {
	uint64_t fork;
	uint32_t number;
	bool is_own; /* the top version has the row */
	struct map_row row;
};

static int page_load(struct edit *edit, uint64_t fork, uint32_t number, struct page *ret_page)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;
	version_id version = VERSION_NONE;
	struct row_key key;
	struct pending pending;
	int err;

	key_map(&key, edit->tip, fork, number);
	pending = (struct pending){ key_slice(&key), &value, 0 };
	err = kv_batch_each(&edit->batch, pending_each, &pending);
	if (err < 0)
		return err;
	if (pending.kind == KV_PUT)
		version = edit->tip;
	else if (pending.kind)
		err = edit_row_older(edit, &key, &value);
	else
		err = view_nearest(edit->view, 0, &key, &value, &version);
	ret_page->fork = fork;
	ret_page->number = number;
	ret_page->is_own = err == 0 && version == edit->tip;
	if (err == -ENOENT) {
		memset(&ret_page->row, 0, sizeof(ret_page->row));
		return 0;
	}
	if (err == 0)
		err = row_decode_map(buffer_slice(&value), &ret_page->row);
	return err < 0 ? err : 0;
}

static bool row_is_hole(const struct map_row *row)
{
	for (uint32_t i = 0; i < MAP_BLOCKS; i++)
		if (!digest_is_zero(&row->block[i]))
			return false;
	return true;
}

static int page_store(struct edit *edit, const struct page *page)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;
	struct row_key key;

	key_map(&key, edit->tip, page->fork, page->number);
	if (row_is_hole(&page->row))
		return edit_hide_row(edit, &key);
	row_encode_map(&page->row, &value);
	if (buffer_failed(&value))
		return -ENOMEM;
	kv_batch_put(&edit->batch, key_slice(&key), buffer_slice(&value));
	return 0;
}

static void page_refer(struct edit *edit, const struct page *page, uint32_t slot)
{
	uint32_t block = page->number * MAP_BLOCKS + slot;

	if (!digest_is_zero(&page->row.block[slot]))
		edit_refer(edit, &page->row.block[slot], page->fork, block);
}

static void page_unrefer(struct edit *edit, const struct page *page, uint32_t slot)
{
	uint32_t block = page->number * MAP_BLOCKS + slot;

	if (!digest_is_zero(&page->row.block[slot]))
		edit_unrefer(edit, &page->row.block[slot], page->fork, block);
}

static int count_change(struct inode *inode, const struct digest *before,
			const struct digest *after)
{
	inode->blocks += !digest_is_zero(after);
	if (digest_is_zero(before))
		return 0;
	if (!inode->blocks)
		return -CSM_ROW_CORRUPT;
	inode->blocks--;
	return 0;
}

/* Sets count slots of a page of a map; digests NULL: to holes. */
static int page_change(struct edit *edit, struct inode *inode, uint32_t number, uint32_t slot,
		       const struct digest *digests, size_t count)
{
	static const struct digest hole;
	struct page page;
	bool is_changed = false;
	int err = page_load(edit, inode->fork, number, &page);

	for (size_t i = 0; err == 0 && i < count; i++) {
		struct digest *block = &page.row.block[slot + i];
		const struct digest *digest = digests ? &digests[i] : &hole;

		if (digest_equal(block, digest))
			continue;
		is_changed = true;
		err = count_change(inode, block, digest);
		if (page.is_own)
			page_unrefer(edit, &page, slot + (uint32_t)i);
		*block = *digest;
		if (page.is_own)
			page_refer(edit, &page, slot + (uint32_t)i);
	}
	if (err < 0 || !is_changed)
		return err;
	for (uint32_t i = 0; !page.is_own && i < MAP_BLOCKS; i++)
		page_refer(edit, &page, i);
	return page_store(edit, &page);
}

/* ---- pages that the edit's batch changed ---- */

struct pending_pages {
	struct slice prefix;
	struct buffer *numbers;
};

static int pending_pages_each(void *context, enum kv_change_kind kind, struct slice key,
			      struct slice value)
{
	struct pending_pages *pages = context;
	size_t size = pages->prefix.size;
	uint32_t number;

	(void)kind;
	(void)value;
	if (key.size != size + sizeof(number) || memcmp(key.data, pages->prefix.data, size) != 0)
		return 0;
	number = get_be32((const uint8_t *)key.data + size);
	buffer_add(pages->numbers, &number, sizeof(number));
	return 0;
}

static int pending_numbers(struct edit *edit, uint64_t fork, struct buffer *ret_numbers)
{
	struct row_key prefix;
	struct pending_pages pages;
	int err;

	key_row(&prefix, edit->tip, ROW_MAP, fork);
	pages = (struct pending_pages){ key_slice(&prefix), ret_numbers };
	err = kv_batch_each(&edit->batch, pending_pages_each, &pages);
	if (err < 0)
		return err;
	return buffer_failed(ret_numbers) ? -ENOMEM : 0;
}

static uint32_t number_at(const struct buffer *numbers, size_t index)
{
	uint32_t number;

	memcpy(&number, numbers->data + index * sizeof(number), sizeof(number));
	return number;
}

static bool numbers_have(const struct buffer *numbers, uint32_t number)
{
	for (size_t i = 0; i < numbers->size / sizeof(number); i++)
		if (number_at(numbers, i) == number)
			return true;
	return false;
}

/* ---- dropping a fork ---- */

static void page_drop(struct edit *edit, const struct page *page)
{
	struct row_key key;

	if (!page->is_own)
		return;
	for (uint32_t i = 0; i < MAP_BLOCKS; i++)
		page_unrefer(edit, page, i);
	key_map(&key, edit->tip, page->fork, page->number);
	kv_batch_delete(&edit->batch, key_slice(&key));
}

/* The committed rows of the top version, without those the batch has changed. */
static int drop_committed(struct edit *edit, uint64_t fork, const struct buffer *pending)
{
	_cleanup_(cleanup_kv_iter) struct kv_iter *iter = NULL;
	struct row_key prefix;
	int err;

	key_row(&prefix, edit->tip, ROW_MAP, fork);
	err = kv_iter_new(edit->space->trees->kv, key_slice(&prefix), &iter);
	for (; err >= 0 && kv_iter_valid(iter); kv_iter_next(iter)) {
		struct slice key = kv_iter_key(iter);
		struct page page = { .fork = fork, .is_own = true };

		if (key.size != prefix.size + sizeof(page.number))
			return -CSM_ROW_CORRUPT;
		page.number = get_be32((const uint8_t *)key.data + prefix.size);
		if (numbers_have(pending, page.number))
			continue;
		err = row_decode_map(kv_iter_value(iter), &page.row);
		if (err >= 0)
			page_drop(edit, &page);
	}
	return err < 0 ? err : kv_iter_error(iter);
}

static int map_drop(struct edit *edit, struct inode *inode)
{
	_cleanup_(cleanup_buffer) struct buffer pending = BUFFER_INIT;
	int err = pending_numbers(edit, inode->fork, &pending);

	if (err == 0)
		err = drop_committed(edit, inode->fork, &pending);
	for (size_t i = 0; err == 0 && i < pending.size / sizeof(uint32_t); i++) {
		struct page page;

		err = page_load(edit, inode->fork, number_at(&pending, i), &page);
		if (err == 0)
			page_drop(edit, &page);
	}
	inode->content = CONTENT_NONE;
	inode->fork = 0;
	inode->blocks = 0;
	return err;
}

/* ---- changes of form ---- */

static int map_begin(struct edit *edit, struct inode *inode)
{
	struct digest first = inode->chunk;
	bool had_chunk = inode->content == CONTENT_CHUNK;
	int err = trees_new_number(edit->space->trees, &inode->fork);

	if (err < 0)
		return err;
	inode->content = CONTENT_MAP;
	inode->blocks = 0;
	memset(&inode->chunk, 0, sizeof(inode->chunk));
	return had_chunk ? page_change(edit, inode, 0, 0, &first, 1) : 0;
}

static void chunk_set(struct inode *inode, const struct digest *digest)
{
	inode->chunk = *digest;
	inode->blocks = !digest_is_zero(digest);
	inode->content = inode->blocks ? CONTENT_CHUNK : CONTENT_NONE;
}

/* From a map to what one chunk can hold. */
static int map_end(struct edit *edit, struct inode *inode)
{
	struct page page;
	int err = page_load(edit, inode->fork, 0, &page);

	if (err == 0)
		err = map_drop(edit, inode);
	if (err == 0)
		chunk_set(inode, &page.row.block[0]);
	return err;
}

static bool all_holes(const struct digest *digests, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!digest_is_zero(&digests[i]))
			return false;
	return true;
}

int edit_set_blocks(struct edit *edit, struct inode *inode, uint64_t first,
		    const struct digest *digests, size_t count)
{
	int err = 0;

	if (!count || first + count > block_count(inode->size))
		return count ? -EINVAL : 0;
	if (inode->size <= BLOCK_SIZE) {
		if (inode->content == CONTENT_MAP)
			err = map_drop(edit, inode);
		chunk_set(inode, &digests[0]);
		return err;
	}
	if (inode->content == CONTENT_NONE && all_holes(digests, count))
		return 0;
	if (inode->content != CONTENT_MAP)
		err = map_begin(edit, inode);
	while (err == 0 && count) {
		uint32_t slot = (uint32_t)(first % MAP_BLOCKS);
		size_t piece = count < MAP_BLOCKS - slot ? count : MAP_BLOCKS - slot;

		err = page_change(edit, inode, (uint32_t)(first / MAP_BLOCKS), slot, digests,
				  piece);
		first += piece;
		digests += piece;
		count -= piece;
	}
	return err == 0 && !inode->blocks ? map_drop(edit, inode) : err;
}

/* ---- size ---- */

/* Makes everything of a map from block on a hole. */
static int map_cut(struct edit *edit, struct inode *inode, uint64_t block)
{
	_cleanup_(cleanup_buffer) struct buffer numbers = BUFFER_INIT;
	uint32_t first = (uint32_t)(block / MAP_BLOCKS);
	uint32_t slot = (uint32_t)(block % MAP_BLOCKS);
	int err = pending_numbers(edit, inode->fork, &numbers);

	if (err == 0)
		err = pages_list(edit->view, 0, inode->fork, first, UINT64_MAX, &numbers);
	for (size_t i = 0; err == 0 && i < numbers.size / sizeof(uint32_t); i++) {
		uint32_t number = number_at(&numbers, i);
		uint32_t from = number == first ? slot : 0;

		if (number >= first)
			err = page_change(edit, inode, number, from, NULL, MAP_BLOCKS - from);
	}
	return err == 0 && !inode->blocks ? map_drop(edit, inode) : err;
}

int edit_set_size(struct edit *edit, struct inode *inode, uint64_t size)
{
	static const struct digest hole;
	uint64_t before = inode->size;

	if (size > FILE_SIZE_MAX)
		return -EFBIG;
	inode->size = size;
	if (inode->content == CONTENT_CHUNK && size == 0)
		chunk_set(inode, &hole);
	else if (inode->content == CONTENT_CHUNK && size > BLOCK_SIZE)
		return map_begin(edit, inode);
	if (inode->content != CONTENT_MAP || size >= before)
		return 0;
	if (size == 0)
		return map_drop(edit, inode);
	if (size <= BLOCK_SIZE)
		return map_end(edit, inode);
	return map_cut(edit, inode, block_count(size));
}

/* ---- the whole content ---- */

int edit_drop_content(struct edit *edit, struct inode *inode)
{
	static const struct digest hole;
	int err = inode->content == CONTENT_MAP ? map_drop(edit, inode) : 0;

	chunk_set(inode, &hole);
	inode->size = 0;
	return err;
}

static int map_copy(struct edit *edit, struct view *view, uint64_t from_fork, uint64_t fork)
{
	_cleanup_(cleanup_merge) struct merge *pages = NULL;
	struct page page = { .fork = fork, .is_own = true };
	int err = pages_open(view, 0, from_fork, 0, &pages);

	while (err >= 0) {
		_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;
		struct row_key key;

		err = pages_next(pages, &page.number, &page.row);
		if (err <= 0)
			break;
		key_map(&key, edit->tip, fork, page.number);
		row_encode_map(&page.row, &value);
		if (buffer_failed(&value))
			return -ENOMEM;
		kv_batch_put(&edit->batch, key_slice(&key), buffer_slice(&value));
		for (uint32_t i = 0; i < MAP_BLOCKS; i++)
			page_refer(edit, &page, i);
	}
	return err;
}

int edit_share_content(struct edit *edit, struct view *view, const struct inode *from,
		       struct inode *to)
{
	int err;

	to->size = from->size;
	to->content = from->content;
	to->chunk = from->chunk;
	to->blocks = from->blocks;
	to->fork = 0;
	if (from->content != CONTENT_MAP)
		return 0;
	err = trees_new_number(edit->space->trees, &to->fork);
	return err < 0 ? err : map_copy(edit, view, from->fork, to->fork);
}
