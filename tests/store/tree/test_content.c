/*
 * Reading stored content: ranges, holes, hashes, and rows that do not tell the truth.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/content.h"

static struct content_store store;
static struct view *view;

static int setup(void **state)
{
	(void)state;
	content_store_open(&store);
	view = space_view(store.space);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	view_unref(view);
	content_store_close(&store);
	return 0;
}

/* Writes count bytes made from seed at offset of a file that is stored at once. */
static void put(uint64_t number, uint64_t offset, size_t count, uint64_t seed)
{
	_cleanup_free_ uint8_t *data = malloc(count);
	struct file *file;

	content_fill(data, count, seed);
	assert_int_equal(file_open(store.space, number, &file), 0);
	assert_int_equal(file_write(file, offset, data, count, false), 0);
	file_close(file);
}

static uint64_t seek(uint64_t number, uint64_t offset, int whence)
{
	struct inode inode = content_inode(&store, number);
	uint64_t found;

	assert_int_equal(view_seek(view, &inode, offset, whence, &found), 0);
	return found;
}

/* ---- reading ---- */

static void read__stops_at_the_end(void **state)
{
	uint64_t number = content_file(&store, "a");
	struct inode inode;
	uint8_t data[100];
	size_t got;

	(void)state;
	put(number, 0, 50, 1);
	inode = content_inode(&store, number);
	assert_int_equal(view_read(view, &inode, 40, data, sizeof(data), &got), 0);
	assert_int_equal(got, 10);
	assert_int_equal(view_read(view, &inode, 50, data, sizeof(data), &got), 0);
	assert_int_equal(got, 0);
	assert_int_equal(view_read(view, &inode, UINT64_MAX, data, sizeof(data), &got), 0);
	assert_int_equal(got, 0);
}

static void read__of_any_range_gives_the_bytes_that_were_written(void **state)
{
	const size_t size = (9u << 20) + 77;
	_cleanup_free_ uint8_t *data = malloc(size), *part = malloc(300000);
	uint64_t number = content_file(&store, "a"), random = 4;
	struct inode inode;

	(void)state;
	content_fill(data, size, 3);
	put(number, 0, size, 3);
	inode = content_inode(&store, number);
	for (int round = 0; round < 200; round++) {
		size_t offset = (size_t)(content_random(&random) % size);
		size_t want = (size_t)(content_random(&random) % 300000), got;
		size_t expected = want < size - offset ? want : size - offset;

		assert_int_equal(view_read(view, &inode, offset, part, want, &got), 0);
		assert_int_equal(got, expected);
		assert_memory_equal(part, data + offset, got);
	}
}

static void read__of_a_hole_gives_zeros(void **state)
{
	uint64_t number = content_file(&store, "a");
	uint8_t data[4096];
	struct inode inode;
	size_t got;

	(void)state;
	put(number, 3 * PAGE_BYTES, 1, 1);
	inode = content_inode(&store, number);
	memset(data, 1, sizeof(data));
	assert_int_equal(view_read(view, &inode, PAGE_BYTES - 100, data, sizeof(data), &got), 0);
	assert_int_equal(got, sizeof(data));
	for (size_t i = 0; i < sizeof(data); i++)
		assert_int_equal(data[i], 0);
}

/* ---- rows that lie ---- */

/* The inode says another size than its chunk has. */
static void read__of_a_chunk_of_another_length_is_damage(void **state)
{
	uint64_t number = content_file(&store, "a");
	struct inode inode;
	struct digest digest;
	uint8_t data[200];
	size_t got;

	(void)state;
	put(number, 0, 50, 1);
	inode = content_inode(&store, number);
	for (inode.size = 49; inode.size <= 51; inode.size += 2)
		assert_int_equal(view_read(view, &inode, 0, data, sizeof(data), &got),
				 -CSM_ROW_CORRUPT);
	inode.size = 2 * BLOCK_SIZE;
	assert_int_equal(view_read(view, &inode, 0, data, sizeof(data), &got), -CSM_ROW_CORRUPT);
	put(number, 200000, 50, 1);
	inode = content_inode(&store, number);
	inode.size++;
	assert_int_equal(view_read(view, &inode, 200000, data, 10, &got), -CSM_ROW_CORRUPT);
	assert_int_equal(view_content_sha256(view, &inode, &digest), -CSM_ROW_CORRUPT);
}

static void read__of_a_missing_chunk_is_told(void **state)
{
	uint64_t number = content_file(&store, "a");
	struct inode inode;
	uint8_t data[50];
	size_t got;

	(void)state;
	put(number, 0, 50, 1);
	inode = content_inode(&store, number);
	assert_int_equal(blobs_remove(store.engine.blobs, inode.chunk.bytes), 0);
	content_store_reopen(&store);
	view_unref(view);
	view = space_view(store.space);
	assert_int_equal(view_read(view, &inode, 0, data, sizeof(data), &got), -CSM_CHUNK_MISSING);
}

/* ---- seeking ---- */

static void seek__in_a_chunk_finds_data_to_the_end(void **state)
{
	uint64_t number = content_file(&store, "a"), found;
	struct inode inode;

	(void)state;
	put(number, 0, 50, 1);
	assert_int_equal(seek(number, 7, SEEK_DATA), 7);
	assert_int_equal(seek(number, 7, SEEK_HOLE), 50);
	inode = content_inode(&store, number);
	assert_int_equal(view_seek(view, &inode, 50, SEEK_DATA, &found), -ENXIO);
	assert_int_equal(view_seek(view, &inode, 50, SEEK_HOLE, &found), -ENXIO);
	assert_int_equal(view_seek(view, &inode, 0, SEEK_SET, &found), -EINVAL);
}

static void seek__in_a_file_of_holes_finds_no_data(void **state)
{
	uint64_t number = content_file(&store, "a"), found;
	struct attr_change change = { .set = SET_SIZE, .size = (uint64_t)1 << 45 };
	struct inode inode;

	(void)state;
	assert_int_equal(space_setattr(store.space, number, &change, &inode), 0);
	assert_int_equal(view_seek(view, &inode, 5, SEEK_DATA, &found), -ENXIO);
	assert_int_equal(seek(number, 5, SEEK_HOLE), 5);
}

static void seek__goes_over_holes_between_map_rows(void **state)
{
	const uint64_t far = (uint64_t)1 << 44;
	uint64_t number = content_file(&store, "a"), found;
	struct inode inode;

	(void)state;
	put(number, 2 * BLOCK_SIZE, 2 * BLOCK_SIZE, 1);
	put(number, PAGE_BYTES - BLOCK_SIZE, 2 * BLOCK_SIZE, 2);
	put(number, far, 10, 3);
	assert_int_equal(seek(number, 0, SEEK_DATA), 2 * BLOCK_SIZE);
	assert_int_equal(seek(number, 0, SEEK_HOLE), 0);
	assert_int_equal(seek(number, 2 * BLOCK_SIZE + 5, SEEK_DATA), 2 * BLOCK_SIZE + 5);
	assert_int_equal(seek(number, 2 * BLOCK_SIZE + 5, SEEK_HOLE), 4 * BLOCK_SIZE);
	assert_int_equal(seek(number, 4 * BLOCK_SIZE + 5, SEEK_DATA), PAGE_BYTES - BLOCK_SIZE);
	/* one run of data over the limit of two rows */
	assert_int_equal(seek(number, PAGE_BYTES - 1, SEEK_HOLE), PAGE_BYTES + BLOCK_SIZE);
	assert_int_equal(seek(number, PAGE_BYTES + BLOCK_SIZE, SEEK_DATA), far);
	assert_int_equal(seek(number, 5 * PAGE_BYTES + 9, SEEK_HOLE), 5 * PAGE_BYTES + 9);
	assert_int_equal(seek(number, far + 1, SEEK_HOLE), far + 10);
	inode = content_inode(&store, number);
	assert_int_equal(view_seek(view, &inode, far + 10, SEEK_DATA, &found), -ENXIO);
}

static void seek__sees_the_nearest_row_of_each_page(void **state)
{
	uint64_t number = content_file(&store, "a");
	struct attr_change change = { .set = SET_SIZE, .size = PAGE_BYTES };
	struct inode inode;
	version_id base;

	(void)state;
	put(number, 0, 3 * PAGE_BYTES, 1);
	assert_int_equal(space_seal(store.space, NULL, NULL, &base), 0);
	assert_int_equal(space_setattr(store.space, number, &change, &inode), 0);
	change.size = 3 * PAGE_BYTES;
	assert_int_equal(space_setattr(store.space, number, &change, &inode), 0);
	view_unref(view);
	view = space_view(store.space);
	assert_int_equal(seek(number, 0, SEEK_HOLE), PAGE_BYTES);
	put(number, 2 * PAGE_BYTES + 5 * BLOCK_SIZE, 1, 1);
	assert_int_equal(seek(number, PAGE_BYTES, SEEK_DATA), 2 * PAGE_BYTES + 5 * BLOCK_SIZE);
}

/* ---- hashing ---- */

static void sha256__is_that_of_the_plain_bytes(void **state)
{
	static const uint64_t sizes[] = { 0, 1, BLOCK_SIZE, BLOCK_SIZE + 1, PAGE_BYTES + 5 };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		_cleanup_free_ uint8_t *data = malloc(sizes[i] + 1);
		char name[2] = { (char)('a' + i), 0 };
		uint64_t number = content_file(&store, name);
		struct digest digest, expected;
		struct inode inode;

		content_fill(data, sizes[i], i);
		put(number, 0, sizes[i], i);
		inode = content_inode(&store, number);
		expected = digest_of(slice_of(data, sizes[i]));
		assert_int_equal(view_content_sha256(view, &inode, &digest), 0);
		assert_memory_equal(&digest, &expected, sizeof(digest));
	}
}

static void sha256__counts_holes_as_zeros(void **state)
{
	const size_t size = 3 * PAGE_BYTES;
	_cleanup_free_ uint8_t *data = calloc(1, size);
	uint64_t number = content_file(&store, "a");
	struct attr_change change = { .set = SET_SIZE, .size = size };
	struct digest digest, expected;
	struct inode inode;

	(void)state;
	content_fill(data + PAGE_BYTES + 5, 10, 1);
	put(number, PAGE_BYTES + 5, 10, 1);
	assert_int_equal(space_setattr(store.space, number, &change, &inode), 0);
	expected = digest_of(slice_of(data, size));
	assert_int_equal(view_content_sha256(view, &inode, &digest), 0);
	assert_memory_equal(&digest, &expected, sizeof(digest));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(read__stops_at_the_end),
		TEST(read__of_any_range_gives_the_bytes_that_were_written),
		TEST(read__of_a_hole_gives_zeros),
		TEST(read__of_a_chunk_of_another_length_is_damage),
		TEST(read__of_a_missing_chunk_is_told),
		TEST(seek__in_a_chunk_finds_data_to_the_end),
		TEST(seek__in_a_file_of_holes_finds_no_data),
		TEST(seek__goes_over_holes_between_map_rows),
		TEST(seek__sees_the_nearest_row_of_each_page),
		TEST(sha256__is_that_of_the_plain_bytes),
		TEST(sha256__counts_holes_as_zeros),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
