/*
 * Reading stored content.
 *
 * A file of up to BLOCK_SIZE bytes is one chunk named in its inode. A larger one has a
 * map: rows of MAP_BLOCKS digests, keyed by the inode's fork, inherited along the view
 * like every other row, so a version that changed one block of a large file holds one
 * map row. Sparse files have as many rows as they have data: everything that goes over
 * a whole file goes over its rows (pages_next()), never over its size.
 *
 * What rows and chunks say is not believed: a chunk that is not exactly as long as its
 * block is -CSM_ROW_CORRUPT and nothing of it is used.
 */
#include <errno.h>
#include <unistd.h>

#include "store/tree/file_internal.h"

/* ---- one page, one block ---- */

static int load_page(struct view *view, uint64_t fork, uint32_t page, struct page_cache *cache)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;
	struct row_key key;
	version_id version;
	int err;

	if (cache->loaded && cache->page == page)
		return 0;
	cache->loaded = false;
	key_map(&key, view->ids[0], fork, page);
	err = view_nearest(view, 0, &key, &value, &version);
	if (err == -ENOENT)
		memset(&cache->row, 0, sizeof(cache->row));
	else if (!err)
		err = row_decode_map(buffer_slice(&value), &cache->row);
	if (err < 0 && err != -ENOENT)
		return err;
	cache->page = page;
	cache->loaded = true;
	return 0;
}

int content_block(struct view *view, const struct inode *inode, uint64_t block,
		  struct page_cache *cache, struct digest *ret_digest)
{
	int err;

	memset(ret_digest, 0, sizeof(*ret_digest));
	if (inode->content == CONTENT_NONE || block >= block_count(inode->size))
		return 0;
	if (inode->content == CONTENT_CHUNK) {
		if (inode->size > BLOCK_SIZE)
			return -CSM_ROW_CORRUPT;
		*ret_digest = inode->chunk;
		return 0;
	}
	if (inode->size > FILE_SIZE_MAX)
		return -CSM_ROW_CORRUPT;
	err = load_page(view, inode->fork, (uint32_t)(block / MAP_BLOCKS), cache);
	if (err < 0)
		return err;
	*ret_digest = cache->row.block[block % MAP_BLOCKS];
	return 0;
}

/* The whole block, decoded; its length was checked. */
static int load_chunk(struct view *view, const struct inode *inode, uint64_t block,
		      const struct digest *digest, struct buffer *ret_bytes)
{
	int err = chunk_get(view->trees->chunks, digest, ret_bytes);

	if (err < 0)
		return err;
	return ret_bytes->size == block_length(inode->size, block) ? 0 : -CSM_ROW_CORRUPT;
}

int view_read(struct view *view, const struct inode *inode, uint64_t offset, void *data,
	      size_t size, size_t *ret_got)
{
	_cleanup_(cleanup_buffer) struct buffer bytes = BUFFER_INIT;
	struct page_cache cache = { .loaded = false };
	size_t got = 0;

	*ret_got = 0;
	if (offset >= inode->size)
		return 0;
	if (size > inode->size - offset)
		size = (size_t)(inode->size - offset);
	while (got < size) {
		uint64_t block = (offset + got) / BLOCK_SIZE;
		size_t within = (size_t)((offset + got) % BLOCK_SIZE);
		size_t piece = size - got < BLOCK_SIZE - within ? size - got : BLOCK_SIZE - within;
		struct digest digest;
		int err = content_block(view, inode, block, &cache, &digest);

		if (err < 0)
			return err;
		if (digest_is_zero(&digest)) {
			memset((uint8_t *)data + got, 0, piece);
		} else {
			err = load_chunk(view, inode, block, &digest, &bytes);
			if (err < 0)
				return err;
			memcpy((uint8_t *)data + got, bytes.data + within, piece);
		}
		got += piece;
	}
	*ret_got = got;
	return 0;
}

/* ---- all pages in order ---- */

int pages_open(struct view *view, uint32_t own, uint64_t fork, uint32_t first,
	       struct merge **ret_pages)
{
	uint8_t rest[4];
	int err = merge_new(view, 0, own ? own : view->count, ROW_MAP, fork, ret_pages);

	if (!err && first) {
		put_be32(rest, first);
		merge_seek(*ret_pages, slice_of(rest, sizeof(rest)));
	}
	return err;
}

int pages_next(struct merge *pages, uint32_t *ret_page, struct map_row *ret_row)
{
	for (; merge_valid(pages); merge_next(pages)) {
		struct slice rest = merge_rest(pages);
		int is_gone = row_decode_map(merge_value(pages), ret_row);

		if (is_gone < 0 || rest.size != sizeof(uint32_t))
			return -CSM_ROW_CORRUPT;
		if (is_gone)
			continue;
		*ret_page = get_be32(rest.data);
		merge_next(pages);
		return 1;
	}
	return merge_error(pages);
}

int pages_list(struct view *view, uint32_t own, uint64_t fork, uint64_t first, uint64_t end,
	       struct buffer *ret_numbers)
{
	_cleanup_(cleanup_merge) struct merge *pages = NULL;
	struct map_row row;
	uint32_t page;
	int err;

	if (first >= end || first > UINT32_MAX)
		return 0;
	err = pages_open(view, own, fork, (uint32_t)first, &pages);
	if (err < 0)
		return err;
	while ((err = pages_next(pages, &page, &row)) > 0 && page < end)
		buffer_add(ret_numbers, &page, sizeof(page));
	if (err < 0)
		return err;
	return buffer_failed(ret_numbers) ? -ENOMEM : 0;
}

/* ---- data and holes ---- */

/* The first block in the row, from slot on, that is a hole or is none; MAP_BLOCKS: no such. */
static uint32_t row_find(const struct map_row *row, uint32_t slot, bool is_hole)
{
	while (slot < MAP_BLOCKS && digest_is_zero(&row->block[slot]) != is_hole)
		slot++;
	return slot;
}

#define BLOCK_NONE (UINT64_MAX / BLOCK_SIZE)

/* The first hole, or block with data, of a map from block on; a hole may lie behind the end. */
static int map_find(struct view *view, const struct inode *inode, uint64_t block, bool is_hole,
		    uint64_t *ret_block)
{
	_cleanup_(cleanup_merge) struct merge *pages = NULL;
	uint64_t expected = block / MAP_BLOCKS;
	struct map_row row;
	uint32_t page;
	int err = pages_open(view, 0, inode->fork, (uint32_t)expected, &pages);

	if (err < 0)
		return err;
	while ((err = pages_next(pages, &page, &row)) > 0) {
		bool is_first = page == block / MAP_BLOCKS;
		uint32_t slot;

		/* the pages left out have no row: they are a hole */
		if (is_hole && page != expected)
			break;
		slot = row_find(&row, is_first ? (uint32_t)(block % MAP_BLOCKS) : 0, is_hole);
		if (slot < MAP_BLOCKS) {
			*ret_block = (uint64_t)page * MAP_BLOCKS + slot;
			return 0;
		}
		expected = (uint64_t)page + 1;
	}
	if (err < 0)
		return err;
	expected *= MAP_BLOCKS;
	*ret_block = !is_hole ? BLOCK_NONE : expected > block ? expected : block;
	return 0;
}

/* Content without a map is all data or all hole. */
static int content_find(struct view *view, const struct inode *inode, uint64_t block, bool is_hole,
			uint64_t *ret_block)
{
	if (inode->content == CONTENT_MAP)
		return map_find(view, inode, block, is_hole, ret_block);
	*ret_block = is_hole == (inode->content == CONTENT_NONE) ? block : BLOCK_NONE;
	return 0;
}

int view_seek(struct view *view, const struct inode *inode, uint64_t offset, int whence,
	      uint64_t *ret_offset)
{
	uint64_t block = offset / BLOCK_SIZE, found;
	int err;

	if (whence != SEEK_DATA && whence != SEEK_HOLE)
		return -EINVAL;
	if (offset >= inode->size)
		return -ENXIO;
	if (inode->size > FILE_SIZE_MAX)
		return -CSM_ROW_CORRUPT;
	err = content_find(view, inode, block, whence == SEEK_HOLE, &found);
	if (err < 0)
		return err;
	if (found >= block_count(inode->size)) {
		*ret_offset = inode->size;
		return whence == SEEK_HOLE ? 0 : -ENXIO;
	}
	*ret_offset = found > block ? found * BLOCK_SIZE : offset;
	return 0;
}

/* ---- SHA-256 of the whole ---- */

static void hash_zeros(struct hasher *hasher, uint64_t size)
{
	static const uint8_t zeros[64u << 10];

	while (size) {
		size_t piece = size < sizeof(zeros) ? (size_t)size : sizeof(zeros);

		hasher_add(hasher, zeros, piece);
		size -= piece;
	}
}

static int hash_page(struct view *view, const struct inode *inode, uint32_t page,
		     const struct map_row *row, struct hasher *hasher)
{
	_cleanup_(cleanup_buffer) struct buffer bytes = BUFFER_INIT;

	for (uint32_t i = 0; i < MAP_BLOCKS; i++) {
		uint64_t block = (uint64_t)page * MAP_BLOCKS + i;
		int err;

		if (digest_is_zero(&row->block[i])) {
			hash_zeros(hasher, block_length(inode->size, block));
			continue;
		}
		err = load_chunk(view, inode, block, &row->block[i], &bytes);
		if (err < 0)
			return err;
		hasher_add(hasher, bytes.data, bytes.size);
	}
	return 0;
}

static int hash_map(struct view *view, const struct inode *inode, struct hasher *hasher)
{
	_cleanup_(cleanup_merge) struct merge *pages = NULL;
	uint64_t done = 0;
	struct map_row row;
	uint32_t page;
	int err = pages_open(view, 0, inode->fork, 0, &pages);

	if (err < 0)
		return err;
	while ((err = pages_next(pages, &page, &row)) > 0) {
		uint64_t begin = page * PAGE_BYTES;

		if (begin >= inode->size)
			return -CSM_ROW_CORRUPT;
		hash_zeros(hasher, begin - done);
		err = hash_page(view, inode, page, &row, hasher);
		if (err < 0)
			return err;
		done = begin + PAGE_BYTES < inode->size ? begin + PAGE_BYTES : inode->size;
	}
	if (err == 0)
		hash_zeros(hasher, inode->size - done);
	return err;
}

int view_content_sha256(struct view *view, const struct inode *inode, struct digest *ret_digest)
{
	_cleanup_(cleanup_hasher) struct hasher *hasher = NULL;
	int err = 0;

	if (inode->content == CONTENT_CHUNK) {
		*ret_digest = inode->chunk;
		return 0;
	}
	hasher = hasher_new();
	if (!hasher)
		return -ENOMEM;
	if (inode->content == CONTENT_MAP)
		err = hash_map(view, inode, hasher);
	else
		hash_zeros(hasher, inode->size);
	if (err < 0)
		return err;
	hasher_end(hasher, ret_digest);
	return 0;
}
