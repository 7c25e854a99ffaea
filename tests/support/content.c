/*
 * The store in memory and its checker, see content.h. The checker decodes the rows itself
 * and asks nothing of the code that wrote them but the forms of keys and values.
 */
#include "tests/support/content.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define SPACE_ID 7

static int open_rooms(struct content_store *store, version_id tip)
{
	int err = chunks_new(store->engine.blobs, 4u << 20, &store->chunks);

	if (!err)
		err = trees_open(store->engine.kv, store->chunks, &store->trees);
	if (!err && tip)
		err = space_open(store->trees, SPACE_ID, tip, &store->space);
	return err;
}

static void close_rooms(struct content_store *store)
{
	if (store->space)
		space_close(store->space);
	if (store->trees)
		trees_close(store->trees);
	chunks_free(store->chunks);
	store->space = NULL;
	store->trees = NULL;
	store->chunks = NULL;
}

int content_store_make(struct content_store *store, const struct engine *engine)
{
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;
	version_id root;
	int err;

	memset(store, 0, sizeof(*store));
	store->engine = *engine;
	err = open_rooms(store, VERSION_NONE);
	if (!err)
		err = version_create(store->trees, &batch, VERSION_NONE, &root);
	if (!err)
		err = kv_commit(store->engine.kv, &batch);
	if (!err)
		err = space_open(store->trees, SPACE_ID, root, &store->space);
	return err;
}

void content_store_open(struct content_store *store)
{
	struct engine engine;

	assert_int_equal(engine_memory_open(&engine), 0);
	assert_int_equal(content_store_make(store, &engine), 0);
}

void content_store_reopen(struct content_store *store)
{
	version_id tip = store->space->view->ids[0];

	close_rooms(store);
	assert_int_equal(open_rooms(store, tip), 0);
}

void content_store_close(struct content_store *store)
{
	close_rooms(store);
	engine_close(&store->engine);
}

uint64_t content_file(struct content_store *store, const char *name)
{
	struct new_inode new_inode = { .mode = S_IFREG | 0644 };
	struct inode inode;

	assert_int_equal(space_create(store->space, INODE_BUILD, name, &new_inode, 0, &inode), 0);
	return inode.number;
}

struct inode content_inode(struct content_store *store, uint64_t number)
{
	_cleanup_(cleanup_view) struct view *view = space_view(store->space);
	struct inode inode;

	assert_int_equal(view_inode(view, number, &inode), 0);
	return inode;
}

uint64_t content_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

void content_fill(uint8_t *data, size_t size, uint64_t seed)
{
	for (size_t at = 0; at < size; at += 8) {
		uint8_t bytes[8];

		put_le64(bytes, content_random(&seed) | 0x0101010101010101u);
		memcpy(data + at, bytes, size - at < 8 ? size - at : 8);
	}
}

/* ---- the checker ---- */

static bool has_key(struct content_store *store, const struct row_key *key)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;
	int err = kv_get(store->engine.kv, key_slice(key), &value);

	assert_true(err == 0 || err == -ENOENT);
	return err == 0;
}

/* Returns 1: one reference more is accounted for. */
static size_t check_reference(struct content_store *store, const struct digest *digest,
			      version_id version, uint64_t number, uint32_t block)
{
	struct row_key key;

	key_reference(&key, digest, version, number, block);
	assert_true(has_key(store, &key));
	assert_int_equal(chunk_verify(store->chunks, digest), 0);
	return 1;
}

static size_t check_map_row(struct content_store *store, version_id version, uint64_t fork,
			    uint32_t page, struct slice value)
{
	struct map_row row;
	size_t references = 0;
	int is_gone = row_decode_map(value, &row);

	assert_true(is_gone >= 0);
	for (uint32_t i = 0; i < MAP_BLOCKS; i++)
		if (!digest_is_zero(&row.block[i]))
			references += check_reference(store, &row.block[i], version, fork,
						      page * MAP_BLOCKS + i);
	assert_int_equal(is_gone, references == 0);
	return references;
}

static void check_block(struct content_store *store, const struct inode *inode, uint64_t block,
			const struct digest *digest)
{
	_cleanup_(cleanup_buffer) struct buffer bytes = BUFFER_INIT;
	bool is_zero = true;

	assert_int_equal(chunk_get(store->chunks, digest, &bytes), 0);
	assert_int_equal(bytes.size, block_length(inode->size, block));
	for (size_t i = 0; i < bytes.size && is_zero; i++)
		is_zero = bytes.data[i] == 0;
	assert_false(is_zero);
}

static void check_form(struct content_store *store, struct view *view, const struct inode *inode)
{
	_cleanup_(cleanup_merge) struct merge *pages = NULL;
	struct map_row row;
	uint64_t blocks = 0;
	uint32_t page;
	int r;

	if (inode->content == CONTENT_NONE)
		return;
	if (inode->content == CONTENT_CHUNK) {
		assert_in_range(inode->size, 1, BLOCK_SIZE);
		check_block(store, inode, 0, &inode->chunk);
		return;
	}
	assert_true(inode->size > BLOCK_SIZE);
	assert_int_equal(pages_open(view, 0, inode->fork, 0, &pages), 0);
	while ((r = pages_next(pages, &page, &row)) > 0)
		for (uint32_t i = 0; i < MAP_BLOCKS; i++) {
			if (digest_is_zero(&row.block[i]))
				continue;
			check_block(store, inode, (uint64_t)page * MAP_BLOCKS + i, &row.block[i]);
			blocks++;
		}
	assert_int_equal(r, 0);
	assert_true(blocks > 0);
	assert_int_equal(inode->blocks, blocks);
}

/* The row of one inode, read through the view of the version that has it. */
static size_t check_inode_row(struct content_store *store, version_id version, uint64_t number,
			      struct slice value)
{
	_cleanup_(cleanup_view) struct view *view = NULL;
	struct inode inode = { .number = number };
	int is_gone = row_decode_inode(value, &inode);

	assert_true(is_gone >= 0);
	if (is_gone || !S_ISREG(inode.mode))
		return 0;
	assert_int_equal(view_new(store->trees, version, &view), 0);
	check_form(store, view, &inode);
	if (inode.content == CONTENT_CHUNK)
		return check_reference(store, &inode.chunk, version, number, 0);
	return 0;
}

static size_t count_keys(struct content_store *store, struct slice prefix)
{
	_cleanup_(cleanup_kv_iter) struct kv_iter *iter = NULL;
	size_t count = 0;

	assert_int_equal(kv_iter_new(store->engine.kv, prefix, &iter), 0);
	for (; kv_iter_valid(iter); kv_iter_next(iter))
		count++;
	assert_int_equal(kv_iter_error(iter), 0);
	return count;
}

void content_check(struct content_store *store)
{
	_cleanup_(cleanup_kv_iter) struct kv_iter *iter = NULL;
	struct verify_options options = { .read_chunks = true };
	uint64_t problems, repaired;
	size_t references = 0;

	assert_int_equal(kv_iter_new(store->engine.kv, slice_text("r"), &iter), 0);
	for (; kv_iter_valid(iter); kv_iter_next(iter)) {
		version_id version;
		enum row_kind kind;
		uint64_t number;
		struct slice rest, value = kv_iter_value(iter);
		int err = key_parse_row(kv_iter_key(iter), &version, &kind, &number, &rest);

		assert_int_equal(err, 0);
		if (kind == ROW_INODE)
			references += check_inode_row(store, version, number, value);
		if (kind == ROW_MAP)
			references += check_map_row(store, version, number, get_be32(rest.data),
						    value);
	}
	assert_int_equal(kv_iter_error(iter), 0);
	assert_int_equal(count_keys(store, slice_text("f")), references);
	assert_int_equal(trees_verify(store->trees, &options, NULL, NULL, &problems, &repaired), 0);
	assert_int_equal(problems, 0);
}

size_t content_count_rows(struct content_store *store, version_id version, enum row_kind kind,
			  uint64_t number)
{
	struct row_key prefix;

	if (number)
		key_row(&prefix, version, kind, number);
	else
		key_kind(&prefix, version, kind);
	return count_keys(store, key_slice(&prefix));
}

static int count_blob(void *context, const uint8_t digest[32], struct slice bytes)
{
	(void)digest;
	(void)bytes;
	++*(size_t *)context;
	return 0;
}

size_t content_count_chunks(struct content_store *store)
{
	size_t count = 0;

	assert_int_equal(blobs_each(store->engine.blobs, count_blob, &count), 0);
	return count;
}

/* ---- the model ---- */

void content_model_init(struct content_model *model, uint64_t window)
{
	*model = (struct content_model){ .window = window };
	model->bytes = calloc(1, WINDOW_SIZE);
	assert_non_null(model->bytes);
}

void content_model_release(struct content_model *model)
{
	free(model->bytes);
}

void content_model_write(struct content_model *model, uint64_t offset, const uint8_t *data,
			 size_t size)
{
	assert_true(offset >= model->window && offset + size <= model->window + WINDOW_SIZE);
	memcpy(model->bytes + (offset - model->window), data, size);
	if (offset + size > model->size)
		model->size = offset + size;
}

void content_model_truncate(struct content_model *model, uint64_t size)
{
	uint64_t kept = size > model->window ? size - model->window : 0;

	if (kept < WINDOW_SIZE)
		memset(model->bytes + kept, 0, WINDOW_SIZE - kept);
	model->size = size;
}

void content_model_zero(struct content_model *model, uint64_t offset, uint64_t length)
{
	uint64_t end = offset + length;

	offset = offset > model->window ? offset - model->window : 0;
	end = end > model->window ? end - model->window : 0;
	if (end > WINDOW_SIZE)
		end = WINDOW_SIZE;
	if (offset < end)
		memset(model->bytes + offset, 0, end - offset);
}

static void compare_at(const struct content_model *model, struct file *file, uint64_t offset,
		       size_t size)
{
	_cleanup_free_ uint8_t *data = malloc(size);
	uint64_t expected = offset < model->size ? model->size - offset : 0;
	size_t got;

	if (expected > size)
		expected = size;
	assert_non_null(data);
	assert_int_equal(file_read(file, offset, data, size, &got), 0);
	assert_int_equal(got, expected);
	for (size_t i = 0; offset < model->window && i < got; i++)
		assert_int_equal(data[i], 0);
	if (offset >= model->window && got)
		assert_memory_equal(data, model->bytes + (offset - model->window), got);
}

void content_model_compare(const struct content_model *model, struct file *file)
{
	const size_t piece = 1u << 20;

	if (model->window)
		compare_at(model, file, 0, (size_t)(model->window < piece ? model->window : piece));
	if (model->window > piece)
		compare_at(model, file, model->window - piece, piece);
	for (size_t at = 0; at < WINDOW_SIZE; at += piece)
		compare_at(model, file, model->window + at, piece);
}

size_t content_count_held(int memory)
{
	static struct unstored_header headers[UNSTORED_SLOTS];
	size_t count = 0;

	assert_int_equal(pread(memory, headers, sizeof(headers), sizeof(headers[0])),
			 sizeof(headers));
	for (size_t i = 0; i < UNSTORED_SLOTS; i++)
		count += headers[i].state != 0;
	return count;
}
