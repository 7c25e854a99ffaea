/*
 * Truncate, allocate, punch and seek on open files: sizes, zeros, times and refusals.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/content.h"

#define PUNCH (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE)

static struct content_store store;
static uint64_t number;
static struct file *file;
static struct content_model model;

static int setup(void **state)
{
	(void)state;
	content_store_open(&store);
	number = content_file(&store, "a");
	content_model_init(&model, 0);
	return file_open(store.space, number, &file);
}

static int teardown(void **state)
{
	(void)state;
	file_close(file);
	content_check(&store);
	content_model_release(&model);
	content_store_close(&store);
	return 0;
}

/* Writes to the file and to the model. */
static void put(uint64_t offset, size_t size, uint64_t seed)
{
	_cleanup_free_ uint8_t *data = malloc(size);

	content_fill(data, size, seed);
	content_model_write(&model, offset, data, size);
	assert_int_equal(file_write(file, offset, data, size, false), 0);
}

static int truncate_to(uint64_t size)
{
	struct attr_change change = { .set = SET_SIZE, .size = size };
	struct inode inode;

	return space_setattr(store.space, number, &change, &inode);
}

static version_id tip_now(void)
{
	return store.space->view->ids[0];
}

/* ---- truncate ---- */

static void truncate__and_growing_again_shows_zeros(void **state)
{
	static const uint64_t sizes[] = {
		0,
		1,
		BLOCK_SIZE - 1,
		BLOCK_SIZE,
		BLOCK_SIZE + 1,
		PAGE_BYTES - 1,
		PAGE_BYTES,
		PAGE_BYTES + 1,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		put(0, (9u << 20) + 5, i);
		assert_int_equal(truncate_to(sizes[i]), 0);
		content_model_truncate(&model, sizes[i]);
		content_model_compare(&model, file);
		content_check(&store);
		assert_int_equal(truncate_to(10u << 20), 0);
		content_model_truncate(&model, 10u << 20);
		content_model_compare(&model, file);
		content_check(&store);
	}
}

static void truncate__works_on_a_file_that_nobody_has_open(void **state)
{
	uint64_t other = content_file(&store, "b");
	struct attr_change change = { .set = SET_SIZE, .size = 12345 };
	struct inode inode;
	struct trees_stats stats;

	(void)state;
	assert_int_equal(space_setattr(store.space, other, &change, &inode), 0);
	assert_int_equal(inode.size, 12345);
	assert_int_equal(content_inode(&store, other).size, 12345);
	trees_stats(store.trees, &stats);
	assert_int_equal(stats.open_files, 1);
}

static void truncate__to_nothing_leaves_nothing_of_what_was_not_stored(void **state)
{
	struct trees_stats stats;

	(void)state;
	put(0, 5 * BLOCK_SIZE, 1);
	assert_int_equal(truncate_to(0), 0);
	trees_stats(store.trees, &stats);
	assert_int_equal(stats.dirty_bytes, 0);
	while (trees_reap(store.trees) > 0)
		continue;
	assert_int_equal(content_count_chunks(&store), 0);
	content_model_truncate(&model, 0);
	content_model_compare(&model, file);
}

static void truncate__sets_other_attributes_in_the_same_step(void **state)
{
	struct attr_change change = {
		.set = SET_SIZE | SET_MODE | SET_MTIME,
		.size = 10,
		.mode = 0600,
		.mtime = { 77, 7 },
	};
	struct inode inode;
	uint64_t commits;
	struct trees_stats stats;

	(void)state;
	trees_stats(store.trees, &stats);
	commits = stats.commits;
	assert_int_equal(space_setattr(store.space, number, &change, &inode), 0);
	trees_stats(store.trees, &stats);
	assert_int_equal(stats.commits, commits + 1);
	assert_int_equal(inode.size, 10);
	assert_int_equal(inode.mode, S_IFREG | 0600);
	assert_int_equal(inode.mtime.tv_sec, 77);
	assert_int_equal(content_inode(&store, number).mtime.tv_nsec, 7);
}

static void truncate__refuses_what_has_no_size(void **state)
{
	struct attr_change change = { .set = SET_SIZE, .size = 5 };
	struct inode inode;

	(void)state;
	assert_int_equal(space_setattr(store.space, INODE_BUILD, &change, &inode), -EINVAL);
	assert_int_equal(truncate_to(FILE_SIZE_MAX + 1), -EFBIG);
	assert_int_equal(truncate_to(FILE_SIZE_MAX), 0);
}

static void truncate__of_many_pages_takes_bounded_edits(void **state)
{
	struct trees_stats before, after;

	(void)state;
	put(0, 10, 1);
	for (uint64_t page = 1; page <= 3 * PAGE_STEP; page++)
		assert_int_equal(file_write(file, page * PAGE_BYTES, "x", 1, false), 0);
	assert_int_equal(file_flush(file), 0);
	assert_int_equal(content_count_rows(&store, tip_now(), ROW_MAP, 0), 3 * PAGE_STEP + 1);
	trees_stats(store.trees, &before);
	assert_int_equal(truncate_to(10), 0);
	trees_stats(store.trees, &after);
	assert_int_equal(after.commits - before.commits, 4);
	assert_int_equal(content_count_rows(&store, tip_now(), ROW_MAP, 0), 0);
	content_model_compare(&model, file);
}

static void truncate__of_many_pages_to_nothing_drops_what_was_not_stored(void **state)
{
	(void)state;
	for (uint64_t page = 0; page <= 2 * PAGE_STEP; page++)
		assert_int_equal(file_write(file, page * PAGE_BYTES, "x", 1, false), 0);
	assert_int_equal(file_flush(file), 0);
	assert_int_equal(file_write(file, 5 * PAGE_BYTES, "yy", 2, false), 0);
	assert_int_equal(truncate_to(0), 0);
	content_model_compare(&model, file);
	assert_int_equal(content_count_rows(&store, tip_now(), ROW_MAP, 0), 0);
}

static void truncate__in_a_frozen_space_is_refused_and_changes_nothing(void **state)
{
	(void)state;
	put(0, 5 * BLOCK_SIZE, 1);
	assert_int_equal(space_freeze(store.space, -CSM_LEVEL_LOCKED), 0);
	assert_int_equal(truncate_to(3), -CSM_LEVEL_LOCKED);
	assert_int_equal(truncate_to(0), -CSM_LEVEL_LOCKED);
	content_model_compare(&model, file);
	space_thaw(store.space);
}

/* ---- allocate ---- */

static void allocate__extends_the_file_without_blocks(void **state)
{
	(void)state;
	put(0, 100, 1);
	assert_int_equal(file_allocate(file, 0, 50, (uint64_t)1 << 40), 0);
	assert_int_equal(content_inode(&store, number).size, ((uint64_t)1 << 40) + 50);
	assert_int_equal(content_inode(&store, number).blocks, 1);
	assert_int_equal(truncate_to(100), 0);
	content_model_compare(&model, file);
}

static void allocate__with_keep_size_changes_nothing(void **state)
{
	(void)state;
	put(0, 100, 1);
	assert_int_equal(file_allocate(file, FALLOC_FL_KEEP_SIZE, 0, 1u << 20), 0);
	assert_int_equal(content_inode(&store, number).size, 100);
	content_model_compare(&model, file);
}

static void allocate__refuses_what_it_cannot_do(void **state)
{
	(void)state;
	assert_int_equal(file_allocate(file, FALLOC_FL_COLLAPSE_RANGE, 0, 1), -EOPNOTSUPP);
	assert_int_equal(file_allocate(file, FALLOC_FL_PUNCH_HOLE, 0, 1), -EOPNOTSUPP);
	assert_int_equal(file_allocate(file, 0, 0, 0), -EINVAL);
	assert_int_equal(file_allocate(file, 0, FILE_SIZE_MAX, 1), -EFBIG);
	assert_int_equal(file_allocate(file, 0, UINT64_MAX, 2), -EFBIG);
}

/* ---- punch and zero ---- */

static void punch__zeros_parts_and_drops_whole_blocks(void **state)
{
	(void)state;
	put(0, 20 * BLOCK_SIZE, 1);
	assert_int_equal(file_allocate(file, PUNCH, 1000, 10 * BLOCK_SIZE), 0);
	content_model_zero(&model, 1000, 10 * BLOCK_SIZE);
	content_model_compare(&model, file);
	assert_int_equal(content_inode(&store, number).blocks, 11);
}

static void punch__inside_one_block_keeps_its_ends(void **state)
{
	(void)state;
	put(0, 2 * BLOCK_SIZE, 1);
	assert_int_equal(file_allocate(file, PUNCH, BLOCK_SIZE + 10, 100), 0);
	content_model_zero(&model, BLOCK_SIZE + 10, 100);
	content_model_compare(&model, file);
}

static void punch__over_the_end_keeps_the_size(void **state)
{
	(void)state;
	put(0, 2 * BLOCK_SIZE + 500, 1);
	assert_int_equal(file_allocate(file, PUNCH, 2 * BLOCK_SIZE + 100, 1u << 30), 0);
	content_model_zero(&model, 2 * BLOCK_SIZE + 100, 400);
	content_model_compare(&model, file);
	assert_int_equal(file_allocate(file, PUNCH, 0, 1u << 30), 0);
	content_model_zero(&model, 0, 2 * BLOCK_SIZE + 500);
	content_model_compare(&model, file);
	assert_int_equal(content_inode(&store, number).content, CONTENT_NONE);
}

static void punch__of_a_huge_range_goes_over_rows_not_over_holes(void **state)
{
	(void)state;
	assert_int_equal(file_write(file, FILE_SIZE_MAX - 1, "x", 1, false), 0);
	assert_int_equal(file_write(file, 0, "x", 1, false), 0);
	assert_int_equal(file_allocate(file, PUNCH, 0, FILE_SIZE_MAX - 1), 0);
	assert_int_equal(content_inode(&store, number).blocks, 1);
	assert_int_equal(file_allocate(file, PUNCH, 0, FILE_SIZE_MAX), 0);
	assert_int_equal(content_inode(&store, number).content, CONTENT_NONE);
	assert_int_equal(content_count_rows(&store, tip_now(), ROW_MAP, 0), 0);
	assert_int_equal(truncate_to(0), 0);
}

static void zero_range__may_extend_the_file(void **state)
{
	(void)state;
	put(0, 1000, 1);
	assert_int_equal(file_allocate(file, FALLOC_FL_ZERO_RANGE, 500, 300000), 0);
	content_model_truncate(&model, 500);
	content_model_truncate(&model, 300500);
	content_model_compare(&model, file);
	assert_int_equal(
		file_allocate(file, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, 100, 1u << 20), 0);
	content_model_zero(&model, 100, 1u << 20);
	content_model_compare(&model, file);
}

static void punch__in_a_child_leaves_the_base_as_it_was(void **state)
{
	_cleanup_(cleanup_view) struct view *base_view = NULL;
	uint8_t data[16], back[16];
	struct inode inode;
	version_id base;
	size_t got;

	(void)state;
	put(0, 3 * PAGE_BYTES / 2, 1);
	assert_int_equal(space_seal(store.space, NULL, NULL, &base), 0);
	assert_int_equal(file_allocate(file, PUNCH, 0, 3 * PAGE_BYTES / 2), 0);
	assert_int_equal(view_new(store.trees, base, &base_view), 0);
	assert_int_equal(view_inode(base_view, number, &inode), 0);
	content_fill(data, sizeof(data), 1);
	assert_int_equal(view_read(base_view, &inode, 0, back, sizeof(back), &got), 0);
	assert_memory_equal(data, back, sizeof(back));
	assert_int_equal(inode.blocks, 96);
}

/* ---- seek ---- */

static void seek__sees_what_is_not_stored_yet(void **state)
{
	uint64_t found;

	(void)state;
	assert_int_equal(file_seek(file, 0, SEEK_DATA, &found), -ENXIO);
	put(3 * BLOCK_SIZE, 10, 1);
	assert_int_equal(file_seek(file, 0, SEEK_DATA, &found), 0);
	assert_int_equal(found, 3 * BLOCK_SIZE);
	assert_int_equal(file_seek(file, found, SEEK_HOLE, &found), 0);
	assert_int_equal(found, 3 * BLOCK_SIZE + 10);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(truncate__and_growing_again_shows_zeros),
		TEST(truncate__works_on_a_file_that_nobody_has_open),
		TEST(truncate__to_nothing_leaves_nothing_of_what_was_not_stored),
		TEST(truncate__sets_other_attributes_in_the_same_step),
		TEST(truncate__refuses_what_has_no_size),
		TEST(truncate__of_many_pages_takes_bounded_edits),
		TEST(truncate__of_many_pages_to_nothing_drops_what_was_not_stored),
		TEST(truncate__in_a_frozen_space_is_refused_and_changes_nothing),
		TEST(allocate__extends_the_file_without_blocks),
		TEST(allocate__with_keep_size_changes_nothing),
		TEST(allocate__refuses_what_it_cannot_do),
		TEST(punch__zeros_parts_and_drops_whole_blocks),
		TEST(punch__inside_one_block_keeps_its_ends),
		TEST(punch__over_the_end_keeps_the_size),
		TEST(punch__of_a_huge_range_goes_over_rows_not_over_holes),
		TEST(zero_range__may_extend_the_file),
		TEST(punch__in_a_child_leaves_the_base_as_it_was),
		TEST(seek__sees_what_is_not_stored_yet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
