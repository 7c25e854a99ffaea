/*
 * Open files: what is written is seen at once, stored at flush, and survives in one form
 * whatever way it came. The random test plays with a plain byte array beside it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/support/content.h"

static struct content_store store;

static int setup(void **state)
{
	(void)state;
	content_store_open(&store);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	content_store_close(&store);
	return 0;
}

static struct file *opened(uint64_t number)
{
	struct file *file;

	assert_int_equal(file_open(store.space, number, &file), 0);
	return file;
}

static void write_text(struct file *file, uint64_t offset, const char *text)
{
	assert_int_equal(file_write(file, offset, text, strlen(text), false), 0);
}

static void assert_text(struct file *file, uint64_t offset, const char *text)
{
	char data[64];
	size_t got;

	assert_int_equal(file_read(file, offset, data, sizeof(data), &got), 0);
	assert_int_equal(got, strlen(text));
	assert_memory_equal(data, text, got);
}

/* ---- reading and writing ---- */

static void write__is_seen_by_every_reader_before_it_is_stored(void **state)
{
	uint64_t number = content_file(&store, "a");
	struct file *writer = opened(number), *reader = opened(number);

	(void)state;
	write_text(writer, 0, "service");
	assert_text(reader, 0, "service");
	assert_int_equal(content_inode(&store, number).size, 0);
	file_close(reader);
	file_close(writer);
}

static void write__shows_in_size_and_times_before_it_is_stored(void **state)
{
	uint64_t number = content_file(&store, "a");
	struct file *file = opened(number);
	struct inode before, after;

	(void)state;
	assert_int_equal(space_inode(store.space, number, &before), 0);
	write_text(file, 200000, "x");
	assert_int_equal(space_inode(store.space, number, &after), 0);
	assert_int_equal(after.size, 200001);
	assert_int_equal(after.blocks, 1);
	assert_true(after.mtime.tv_sec > before.mtime.tv_sec ||
		    after.mtime.tv_nsec > before.mtime.tv_nsec);
	assert_memory_equal(&after.mtime, &after.ctime, sizeof(after.mtime));
	file_close(file);
}

static void close__stores_what_was_written(void **state)
{
	uint64_t number = content_file(&store, "a");
	struct file *file = opened(number);

	(void)state;
	write_text(file, 0, "level");
	file_close(file);
	content_store_reopen(&store);
	file = opened(number);
	assert_text(file, 0, "level");
	file_close(file);
	content_check(&store);
}

static void sync__puts_what_was_written_on_disk(void **state)
{
	struct file *file = opened(content_file(&store, "a"));
	struct kv_stats before, after;

	(void)state;
	kv_stats(store.engine.kv, &before);
	write_text(file, 0, "level");
	assert_int_equal(file_sync(file), 0);
	kv_stats(store.engine.kv, &after);
	assert_false(file->is_unstored);
	assert_true(after.syncs > before.syncs);
	file_close(file);
}

static void write__keeps_the_rest_of_a_stored_block(void **state)
{
	struct file *file = opened(content_file(&store, "a"));

	(void)state;
	write_text(file, 0, "abcdefgh");
	assert_int_equal(file_flush(file), 0);
	write_text(file, 2, "XY");
	assert_text(file, 0, "abXYefgh");
	assert_int_equal(file_flush(file), 0);
	assert_text(file, 0, "abXYefgh");
	file_close(file);
	content_check(&store);
}

static void write__far_behind_the_end_leaves_a_hole(void **state)
{
	const uint64_t far = (uint64_t)5 << 30;
	uint64_t number = content_file(&store, "a");
	struct file *file = opened(number);
	uint8_t data[16];
	size_t got;

	(void)state;
	write_text(file, 0, "abc");
	assert_int_equal(file_flush(file), 0);
	write_text(file, far, "end");
	assert_int_equal(file_flush(file), 0);
	assert_int_equal(content_inode(&store, number).size, far + 3);
	assert_int_equal(content_inode(&store, number).blocks, 2);
	assert_int_equal(content_count_rows(&store, store.space->view->ids[0], ROW_MAP, 0), 2);
	assert_int_equal(file_read(file, 0, data, 6, &got), 0);
	assert_memory_equal(data, "abc\0\0\0", 6);
	assert_text(file, far, "end");
	file_close(file);
	content_check(&store);
}

static void write__of_zeros_stores_no_chunk(void **state)
{
	static const uint8_t zeros[300000];
	uint64_t number = content_file(&store, "a");
	struct file *file = opened(number);

	(void)state;
	assert_int_equal(file_write(file, 0, zeros, sizeof(zeros), false), 0);
	file_close(file);
	assert_int_equal(content_inode(&store, number).size, sizeof(zeros));
	assert_int_equal(content_inode(&store, number).content, CONTENT_NONE);
	assert_int_equal(content_count_chunks(&store), 0);
}

static void write__beyond_the_largest_size_is_refused(void **state)
{
	struct file *file = opened(content_file(&store, "a"));

	(void)state;
	assert_int_equal(file_write(file, FILE_SIZE_MAX, "x", 1, false), -EFBIG);
	assert_int_equal(file_write(file, FILE_SIZE_MAX - 1, "x", 1, false), 0);
	file_close(file);
}

static void write__holds_a_bounded_number_of_blocks(void **state)
{
	_cleanup_free_ uint8_t *data = malloc(8u << 20);
	struct file *file = opened(content_file(&store, "a"));
	struct trees_stats stats;

	(void)state;
	content_fill(data, 8u << 20, 1);
	for (size_t at = 0; at < 8u << 20; at += 4096 * 5) {
		size_t size = (8u << 20) - at < 4096 * 5 ? (8u << 20) - at : 4096 * 5;

		assert_int_equal(file_write(file, at, data + at, size, false), 0);
		trees_stats(store.trees, &stats);
		assert_true(stats.dirty_bytes <= (FILE_BUFFERS + 2) * BLOCK_SIZE);
	}
	file_close(file);
	trees_stats(store.trees, &stats);
	assert_int_equal(stats.dirty_bytes, 0);
	assert_int_equal(stats.open_files, 0);
	content_check(&store);
}

static void write__takes_setuid_away_when_asked(void **state)
{
	uint64_t number = content_file(&store, "a");
	struct attr_change change = { .set = SET_MODE, .mode = 06755 };
	struct file *file = opened(number);
	struct inode inode;

	(void)state;
	assert_int_equal(space_setattr(store.space, number, &change, &inode), 0);
	assert_int_equal(file_write(file, 0, "x", 1, false), 0);
	assert_int_equal(content_inode(&store, number).mode & 07777, 06755);
	assert_int_equal(file_write(file, 0, "x", 1, true), 0);
	assert_int_equal(content_inode(&store, number).mode & 07777, 0755);
	file_close(file);
}

/* ---- times ---- */

static void close__stores_the_times_that_the_write_had(void **state)
{
	uint64_t number = content_file(&store, "a");
	struct file *file = opened(number);
	struct inode shown, stored;

	(void)state;
	write_text(file, 0, "x");
	assert_int_equal(space_inode(store.space, number, &shown), 0);
	file_close(file);
	stored = content_inode(&store, number);
	assert_memory_equal(&stored.mtime, &shown.mtime, sizeof(stored.mtime));
	assert_memory_equal(&stored.ctime, &shown.ctime, sizeof(stored.ctime));
}

static void setattr__after_a_write_keeps_the_times_it_sets(void **state)
{
	uint64_t number = content_file(&store, "a");
	struct attr_change change = { .set = SET_MTIME, .mtime = { 1000, 5 } };
	struct file *file = opened(number);
	struct inode inode;

	(void)state;
	write_text(file, 0, "x");
	assert_int_equal(space_setattr(store.space, number, &change, &inode), 0);
	file_close(file);
	assert_int_equal(content_inode(&store, number).mtime.tv_sec, 1000);
	assert_int_equal(content_inode(&store, number).mtime.tv_nsec, 5);
}

/* ---- refusals ---- */

static void write__in_a_frozen_space_is_refused_and_nothing_is_held(void **state)
{
	uint64_t number = content_file(&store, "a");
	struct file *file = opened(number);
	struct trees_stats stats;

	(void)state;
	write_text(file, 0, "abc");
	assert_int_equal(space_freeze(store.space, -CSM_LEVEL_LOCKED), 0);
	assert_int_equal(file_write(file, 1, "x", 1, false), -CSM_LEVEL_LOCKED);
	trees_stats(store.trees, &stats);
	assert_int_equal(stats.dirty_bytes, 0);
	assert_text(file, 0, "abc");
	assert_int_equal(file_allocate(file, 0, 0, 100), -CSM_LEVEL_LOCKED);
	space_thaw(store.space);
	write_text(file, 1, "x");
	assert_text(file, 0, "axc");
	file_close(file);
}

/* The next read of a row freezes the space, as another thread could at that moment. */
static struct kv_ops freezing_ops;
static int (*plain_get)(struct kv *kv, struct slice key, struct buffer *ret_value);

static int freezing_get(struct kv *kv, struct slice key, struct buffer *ret_value)
{
	freezing_ops.get = plain_get;
	assert_int_equal(space_freeze(store.space, -CSM_LEVEL_LOCKED), 0);
	return plain_get(kv, key, ret_value);
}

static void write__that_began_before_the_freeze_leaves_nothing_unstored(void **state)
{
	struct file *file = opened(content_file(&store, "a"));

	(void)state;
	write_text(file, 0, "abc");
	assert_int_equal(file_flush(file), 0);
	freezing_ops = *store.engine.kv->ops;
	plain_get = freezing_ops.get;
	freezing_ops.get = freezing_get;
	store.engine.kv->ops = &freezing_ops;
	assert_int_equal(file_write(file, 1, "x", 1, false), -CSM_LEVEL_LOCKED);
	assert_ptr_equal(freezing_ops.get, plain_get);
	assert_false(files_unstored(store.space));
	assert_text(file, 0, "abc");
	file_close(file);
}

static void open__of_a_directory_is_refused(void **state)
{
	struct file *file;

	(void)state;
	assert_int_equal(file_open(store.space, INODE_BUILD, &file), -EINVAL);
	assert_int_equal(file_open(store.space, 123456, &file), -CSM_STALE);
}

static void rename__stores_what_was_written_before(void **state)
{
	struct file *file = opened(content_file(&store, "aside"));
	struct trees_stats stats;

	(void)state;
	content_file(&store, "name");
	write_text(file, 0, "abc");
	assert_int_equal(space_rename(store.space, INODE_BUILD, "aside", INODE_BUILD, "name", 0, 0), 0);
	trees_stats(store.trees, &stats);
	assert_int_equal(stats.dirty_bytes, 0);
	assert_text(file, 0, "abc");
	file_close(file);
}

/* ---- removal ---- */

static void unlink__of_an_open_file_keeps_its_content_until_the_last_close(void **state)
{
	uint64_t number = content_file(&store, "a");
	struct file *first = opened(number), *second = opened(number);
	struct inode inode;

	(void)state;
	write_text(first, 0, "abc");
	assert_int_equal(file_flush(first), 0);
	assert_int_equal(space_unlink(store.space, INODE_BUILD, "a"), 0);
	assert_true(files_is_open(store.space, number));
	write_text(second, 3, "def");
	file_close(first);
	assert_text(second, 0, "abcdef");
	file_close(second);
	assert_false(files_is_open(store.space, number));
	assert_int_equal(space_inode(store.space, number, &inode), -CSM_STALE);
	while (trees_reap(store.trees) > 0)
		;
	assert_int_equal(content_count_chunks(&store), 0);
	content_check(&store);
}

static void unlink__of_a_large_open_file_gives_all_chunks_back(void **state)
{
	_cleanup_free_ uint8_t *data = malloc(9u << 20);
	struct file *file = opened(content_file(&store, "a"));

	(void)state;
	content_fill(data, 9u << 20, 5);
	assert_int_equal(file_write(file, 0, data, 9u << 20, false), 0);
	/* more pages than one edit takes */
	for (uint64_t page = 2; page < 80; page++)
		assert_int_equal(file_write(file, page * PAGE_BYTES, data, 100, false), 0);
	assert_int_equal(file_flush(file), 0);
	assert_int_equal(space_unlink(store.space, INODE_BUILD, "a"), 0);
	file_close(file);
	while (trees_reap(store.trees) > 0)
		;
	assert_int_equal(content_count_chunks(&store), 0);
	assert_int_equal(content_count_rows(&store, store.space->view->ids[0], ROW_MAP, 0), 0);
	content_check(&store);
}

/* ---- seal ---- */

static void seal__keeps_the_base_as_it_was(void **state)
{
	_cleanup_(cleanup_view) struct view *base_view = NULL;
	uint64_t number = content_file(&store, "a");
	struct file *file = opened(number);
	struct inode inode;
	version_id base;
	char data[8];
	size_t got;

	(void)state;
	write_text(file, 0, "old");
	assert_int_equal(space_seal(store.space, NULL, NULL, &base), 0);
	write_text(file, 0, "new");
	file_close(file);
	assert_int_equal(view_new(store.trees, base, &base_view), 0);
	assert_int_equal(view_inode(base_view, number, &inode), 0);
	assert_int_equal(view_read(base_view, &inode, 0, data, sizeof(data), &got), 0);
	assert_int_equal(got, 3);
	assert_memory_equal(data, "old", 3);
	content_check(&store);
}

static void flush__of_one_block_of_a_large_inherited_file_writes_one_map_row(void **state)
{
	_cleanup_free_ uint8_t *data = malloc(20u << 20);
	uint64_t number = content_file(&store, "a");
	struct file *file = opened(number);
	version_id base, tip;

	(void)state;
	content_fill(data, 20u << 20, 9);
	assert_int_equal(file_write(file, 0, data, 20u << 20, false), 0);
	assert_int_equal(space_seal(store.space, NULL, NULL, &base), 0);
	tip = store.space->view->ids[0];
	assert_int_equal(content_count_rows(&store, base, ROW_MAP, 0), 3);
	assert_int_equal(content_count_rows(&store, tip, ROW_MAP, 0), 0);
	write_text(file, 9u << 20, "changed");
	file_close(file);
	assert_int_equal(content_count_rows(&store, tip, ROW_MAP, 0), 1);
	content_check(&store);
}

/* ---- many at once ---- */

struct hammer {
	uint64_t number;
	unsigned index;
	int err;
};

/* Each thread has its own bytes of each block, so all of them are there in the end. */
static void *hammer_thread(void *context)
{
	struct hammer *hammer = context;
	struct file *file;

	for (unsigned round = 0; round < 100 && !hammer->err; round++) {
		uint64_t offset = round % 10 * BLOCK_SIZE + hammer->index * 8;
		uint8_t bytes[8], back[8];
		size_t got;

		put_le64(bytes, round * 10 + hammer->index + 1);
		hammer->err = file_open(store.space, hammer->number, &file);
		if (hammer->err)
			break;
		hammer->err = file_write(file, offset, bytes, sizeof(bytes), false);
		if (!hammer->err && round % 7 == 0)
			hammer->err = file_flush(file);
		if (!hammer->err)
			hammer->err = file_read(file, offset, back, sizeof(back), &got);
		if (!hammer->err && (got != 8 || memcmp(bytes, back, 8) != 0))
			hammer->err = -EIO;
		if (!hammer->err && round % 13 == 0)
			hammer->err = files_flush_all(store.space, 0);
		file_close(file);
	}
	return NULL;
}

static void write__by_many_threads_loses_nothing(void **state)
{
	struct hammer hammers[4];
	pthread_t threads[4];
	uint64_t number = content_file(&store, "a");
	struct file *file;

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		hammers[i] = (struct hammer){ number, i, 0 };
		assert_int_equal(pthread_create(&threads[i], NULL, hammer_thread, &hammers[i]), 0);
	}
	for (unsigned i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(hammers[i].err, 0);
	}
	file = opened(number);
	for (unsigned i = 0; i < 4; i++)
		for (unsigned round = 90; round < 100; round++) {
			uint8_t bytes[8];
			size_t got;

			assert_int_equal(file_read(file, round % 10 * BLOCK_SIZE + i * 8, bytes, 8,
						   &got),
					 0);
			assert_int_equal(get_le64(bytes), round * 10 + i + 1);
		}
	file_close(file);
	content_check(&store);
}

static void *freeze_thread(void *context)
{
	int *err = context;

	for (int round = 0; round < 100 && !*err; round++) {
		*err = space_freeze(store.space, -CSM_LEVEL_LOCKED);
		if (!*err && files_unstored(store.space))
			*err = -EIO;
		space_thaw(store.space);
	}
	return NULL;
}

static void freeze__leaves_nothing_unstored_behind(void **state)
{
	const size_t size = 12 * BLOCK_SIZE;
	_cleanup_free_ uint8_t *data = malloc(size);
	struct file *file = opened(content_file(&store, "a"));
	pthread_t thread;
	int err = 0;

	(void)state;
	content_fill(data, size, 1);
	assert_int_equal(pthread_create(&thread, NULL, freeze_thread, &err), 0);
	for (int round = 0; round < 300; round++) {
		int refused = file_write(file, 0, data, size, false);

		assert_true(refused == 0 || refused == -CSM_LEVEL_LOCKED);
	}
	pthread_join(thread, NULL);
	assert_int_equal(err, 0);
	file_close(file);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(write__is_seen_by_every_reader_before_it_is_stored),
		TEST(write__shows_in_size_and_times_before_it_is_stored),
		TEST(close__stores_what_was_written),
		TEST(sync__puts_what_was_written_on_disk),
		TEST(write__keeps_the_rest_of_a_stored_block),
		TEST(write__far_behind_the_end_leaves_a_hole),
		TEST(write__of_zeros_stores_no_chunk),
		TEST(write__beyond_the_largest_size_is_refused),
		TEST(write__holds_a_bounded_number_of_blocks),
		TEST(write__takes_setuid_away_when_asked),
		TEST(close__stores_the_times_that_the_write_had),
		TEST(setattr__after_a_write_keeps_the_times_it_sets),
		TEST(write__in_a_frozen_space_is_refused_and_nothing_is_held),
		TEST(write__that_began_before_the_freeze_leaves_nothing_unstored),
		TEST(open__of_a_directory_is_refused),
		TEST(rename__stores_what_was_written_before),
		TEST(unlink__of_an_open_file_keeps_its_content_until_the_last_close),
		TEST(unlink__of_a_large_open_file_gives_all_chunks_back),
		TEST(seal__keeps_the_base_as_it_was),
		TEST(flush__of_one_block_of_a_large_inherited_file_writes_one_map_row),
		TEST(write__by_many_threads_loses_nothing),
		TEST(freeze__leaves_nothing_unstored_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
