/*
 * Copying ranges between files: what can be shared is shared, what cannot is copied, and
 * both give the same bytes.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/support/content.h"

static struct content_store store;
static struct file *from, *to;
static struct content_model model;

static int setup(void **state)
{
	(void)state;
	content_store_open(&store);
	content_model_init(&model, 0);
	assert_int_equal(file_open(store.space, content_file(&store, "from"), &from), 0);
	assert_int_equal(file_open(store.space, content_file(&store, "to"), &to), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	file_close(from);
	file_close(to);
	content_check(&store);
	content_model_release(&model);
	content_store_close(&store);
	return 0;
}

/* Writes to from, and gives the bytes. */
static uint8_t *fill(size_t size, uint64_t seed)
{
	uint8_t *data = malloc(size);

	assert_non_null(data);
	content_fill(data, size, seed);
	assert_int_equal(file_write(from, 0, data, size, false), 0);
	return data;
}

static uint64_t puts_so_far(void)
{
	struct chunks_stats stats;

	chunks_stats(store.chunks, &stats);
	return stats.puts;
}

static void copy__of_a_whole_file_reads_and_writes_no_chunk(void **state)
{
	const size_t size = (9u << 20) + 17;
	_cleanup_free_ uint8_t *data = fill(size, 1);
	struct chunks_stats before, after;
	uint64_t copied;

	(void)state;
	assert_int_equal(file_flush(from), 0);
	chunks_stats(store.chunks, &before);
	assert_int_equal(file_copy(from, 0, to, 0, UINT64_MAX, &copied), 0);
	chunks_stats(store.chunks, &after);
	assert_int_equal(copied, size);
	assert_int_equal(after.puts, before.puts);
	assert_int_equal(after.gets, before.gets);
	content_model_write(&model, 0, data, size);
	content_model_compare(&model, to);
}

static void copy__of_a_small_file_shares_its_chunk(void **state)
{
	_cleanup_free_ uint8_t *data = fill(100, 1);
	uint64_t copied;

	(void)state;
	assert_int_equal(file_copy(from, 0, to, 0, 1000, &copied), 0);
	assert_int_equal(copied, 100);
	assert_int_equal(content_count_chunks(&store), 1);
	content_model_write(&model, 0, data, 100);
	content_model_compare(&model, to);
}

static void copy__of_a_short_last_block_into_a_longer_file_is_not_shared(void **state)
{
	_cleanup_free_ uint8_t *data = fill(BLOCK_SIZE + 100, 1);
	uint8_t other[300];
	uint64_t copied;

	(void)state;
	content_fill(other, sizeof(other), 2);
	assert_int_equal(file_write(to, BLOCK_SIZE, other, sizeof(other), false), 0);
	content_model_write(&model, BLOCK_SIZE, other, sizeof(other));
	assert_int_equal(file_copy(from, 0, to, 0, BLOCK_SIZE + 100, &copied), 0);
	assert_int_equal(copied, BLOCK_SIZE + 100);
	content_model_write(&model, 0, data, BLOCK_SIZE + 100);
	content_model_compare(&model, to);
}

static void copy__of_a_short_last_block_behind_the_end_of_its_own_file_is_not_shared(void **state)
{
	_cleanup_free_ uint8_t *data = fill(2 * BLOCK_SIZE + 100, 1);
	uint64_t copied;

	(void)state;
	assert_int_equal(file_copy(from, 2 * BLOCK_SIZE, from, 9 * BLOCK_SIZE, 100, &copied), 0);
	assert_int_equal(copied, 100);
	content_model_write(&model, 0, data, 2 * BLOCK_SIZE + 100);
	content_model_write(&model, 9 * BLOCK_SIZE, data + 2 * BLOCK_SIZE, 100);
	assert_int_equal(file_flush(from), 0);
	content_model_compare(&model, from);
}

static void copy__between_odd_places_copies_bytes(void **state)
{
	_cleanup_free_ uint8_t *data = fill(3 * BLOCK_SIZE, 1);
	uint64_t copied;

	(void)state;
	assert_int_equal(file_copy(from, 77, to, 1000, 2 * BLOCK_SIZE, &copied), 0);
	assert_int_equal(copied, 2 * BLOCK_SIZE);
	content_model_write(&model, 1000, data + 77, 2 * BLOCK_SIZE);
	content_model_compare(&model, to);
}

static void copy__between_like_places_copies_the_ends_and_shares_the_middle(void **state)
{
	_cleanup_free_ uint8_t *data = fill(12 * BLOCK_SIZE, 1);
	uint64_t copied, puts;

	(void)state;
	assert_int_equal(file_flush(from), 0);
	puts = puts_so_far();
	assert_int_equal(file_copy(from, 100, to, BLOCK_SIZE + 100, 10 * BLOCK_SIZE, &copied), 0);
	assert_int_equal(file_flush(to), 0);
	assert_int_equal(copied, 10 * BLOCK_SIZE);
	assert_true(puts_so_far() - puts <= 3);
	content_model_write(&model, BLOCK_SIZE + 100, data + 100, 10 * BLOCK_SIZE);
	content_model_compare(&model, to);
}

static void copy__behind_the_end_of_the_target_leaves_a_hole(void **state)
{
	_cleanup_free_ uint8_t *data = fill(2 * BLOCK_SIZE, 1);
	uint64_t copied;

	(void)state;
	assert_int_equal(file_write(to, 0, "abc", 3, false), 0);
	content_model_write(&model, 0, (const uint8_t *)"abc", 3);
	assert_int_equal(file_copy(from, 0, to, 4 * BLOCK_SIZE, 2 * BLOCK_SIZE, &copied), 0);
	assert_int_equal(copied, 2 * BLOCK_SIZE);
	content_model_write(&model, 4 * BLOCK_SIZE, data, 2 * BLOCK_SIZE);
	content_model_compare(&model, to);
}

static void copy__from_behind_the_end_copies_nothing(void **state)
{
	uint64_t copied = 1;

	(void)state;
	free(fill(100, 1));
	assert_int_equal(file_copy(from, 100, to, 0, 50, &copied), 0);
	assert_int_equal(copied, 0);
}

static void copy__within_a_file_refuses_ranges_that_overlap(void **state)
{
	_cleanup_free_ uint8_t *data = fill(4 * BLOCK_SIZE, 1);
	uint64_t copied;

	(void)state;
	assert_int_equal(file_copy(from, 0, from, BLOCK_SIZE, BLOCK_SIZE + 1, &copied), -EINVAL);
	assert_int_equal(copied, 0);
	assert_int_equal(file_copy(from, 0, from, BLOCK_SIZE, BLOCK_SIZE, &copied), 0);
	assert_int_equal(copied, BLOCK_SIZE);
	content_model_write(&model, 0, data, 4 * BLOCK_SIZE);
	content_model_write(&model, BLOCK_SIZE, data, BLOCK_SIZE);
	content_model_compare(&model, from);
}

static void copy__to_another_space_shares_chunks(void **state)
{
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;
	_cleanup_free_ uint8_t *data = fill(3 * BLOCK_SIZE, 1);
	struct new_inode new_inode = { .mode = S_IFREG | 0644 };
	struct space *other;
	struct inode inode;
	struct file *target;
	uint64_t copied, puts;
	version_id root;

	(void)state;
	assert_int_equal(file_flush(from), 0);
	assert_int_equal(version_create(store.trees, &batch, VERSION_NONE, &root), 0);
	assert_int_equal(kv_commit(store.engine.kv, &batch), 0);
	assert_int_equal(space_open(store.trees, 99, root, &other), 0);
	assert_int_equal(space_create(other, INODE_BUILD, "x", &new_inode, 0, &inode), 0);
	assert_int_equal(file_open(other, inode.number, &target), 0);
	puts = puts_so_far();
	assert_int_equal(file_copy(from, 0, target, 0, 3 * BLOCK_SIZE, &copied), 0);
	assert_int_equal(copied, 3 * BLOCK_SIZE);
	assert_int_equal(puts_so_far(), puts);
	content_model_write(&model, 0, data, 3 * BLOCK_SIZE);
	content_model_compare(&model, target);
	file_close(target);
	space_close(other);
}

static void copy__of_a_long_range_stops_and_says_how_far_it_came(void **state)
{
	const uint64_t size = (uint64_t)3 << 30;
	uint64_t copied;

	(void)state;
	free(fill(10, 1));
	assert_int_equal(file_allocate(from, 0, 0, size), 0);
	assert_int_equal(file_copy(from, 0, to, 0, size, &copied), 0);
	assert_true(copied >= 1u << 20 && copied < size && copied % BLOCK_SIZE == 0);
	assert_int_equal(content_inode(&store, to->number).size, copied);
	assert_int_equal(content_inode(&store, to->number).blocks, 1);
}

static void copy__into_a_frozen_space_is_refused(void **state)
{
	uint64_t copied;

	(void)state;
	free(fill(2 * BLOCK_SIZE + 5, 1));
	assert_int_equal(space_freeze(store.space, -CSM_LEVEL_LOCKED), 0);
	assert_int_equal(file_copy(from, 0, to, 0, BLOCK_SIZE, &copied), -CSM_LEVEL_LOCKED);
	assert_int_equal(file_copy(from, 1, to, 5, BLOCK_SIZE, &copied), -CSM_LEVEL_LOCKED);
	assert_int_equal(copied, 0);
	space_thaw(store.space);
	assert_int_equal(content_inode(&store, to->number).size, 0);
}

static void copy__to_beyond_the_largest_size_is_refused(void **state)
{
	uint64_t copied;

	(void)state;
	free(fill(100, 1));
	assert_int_equal(file_copy(from, 0, to, FILE_SIZE_MAX - 99, 100, &copied), -EFBIG);
	assert_int_equal(copied, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(copy__of_a_whole_file_reads_and_writes_no_chunk),
		TEST(copy__of_a_small_file_shares_its_chunk),
		TEST(copy__of_a_short_last_block_into_a_longer_file_is_not_shared),
		TEST(copy__of_a_short_last_block_behind_the_end_of_its_own_file_is_not_shared),
		TEST(copy__between_odd_places_copies_bytes),
		TEST(copy__between_like_places_copies_the_ends_and_shares_the_middle),
		TEST(copy__behind_the_end_of_the_target_leaves_a_hole),
		TEST(copy__from_behind_the_end_copies_nothing),
		TEST(copy__within_a_file_refuses_ranges_that_overlap),
		TEST(copy__to_another_space_shares_chunks),
		TEST(copy__of_a_long_range_stops_and_says_how_far_it_came),
		TEST(copy__into_a_frozen_space_is_refused),
		TEST(copy__to_beyond_the_largest_size_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
