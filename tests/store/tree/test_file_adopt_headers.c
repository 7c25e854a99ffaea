/*
 * Taking over slots whose headers say what only a death between two stores, or damage, can make
 * them say. The engine is in memory: the rooms are closed and opened, the memory of written
 * bytes is filled between the two.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "store/base/log.h"
#include "tests/support/content.h"
#include "tests/support/engine_faulty.h"

#define SPACE_ID 7

struct stage {
	int memory;
	struct engine inner;
	struct engine_faulty *faulty;
	struct content_store store;
	version_id tip;
	uint64_t number;
	struct file *file;
	size_t lines; /* logged as errors */
};

static void count_line(void *context, enum log_level level, const char *text)
{
	(void)text;
	*(size_t *)context += level == LOG_LEVEL_ERROR;
}

/* A stored file "0123456789" and nobody who has it open. */
static int setup(void **state)
{
	struct stage *stage = calloc(1, sizeof(*stage));
	struct engine engine;

	assert_non_null(stage);
	stage->memory = memfd_create("unstored", MFD_CLOEXEC);
	assert_true(stage->memory >= 0);
	assert_int_equal(engine_memory_open(&stage->inner), 0);
	assert_int_equal(engine_faulty_new(&stage->inner, &stage->faulty), 0);
	engine = engine_faulty_engine(stage->faulty);
	assert_int_equal(content_store_make(&stage->store, &engine), 0);
	stage->tip = stage->store.space->view->ids[0];
	stage->number = content_file(&stage->store, "a");
	assert_int_equal(file_open(stage->store.space, stage->number, &stage->file), 0);
	assert_int_equal(file_write(stage->file, 0, "0123456789", 10, false), 0);
	file_close(stage->file);
	space_close(stage->store.space);
	trees_close(stage->store.trees);
	log_inject(count_line, &stage->lines);
	*state = stage;
	return 0;
}

static int teardown(void **state)
{
	struct stage *stage = *state;

	log_inject(NULL, NULL);
	file_close(stage->file);
	content_check(&stage->store);
	content_store_close(&stage->store);
	engine_faulty_free(stage->faulty);
	engine_close(&stage->inner);
	close(stage->memory);
	free(stage);
	return 0;
}

static struct unstored_block block_of(struct stage *stage, uint64_t block, uint32_t size,
				      uint64_t file_size)
{
	return (struct unstored_block){ .space = SPACE_ID,
					.size = size,
					.number = stage->number,
					.block = block,
					.file_size = file_size,
					.changed = 1795644422000000005 };
}

/* What the process before left: a slot full of bytes. */
static void leave(struct stage *stage, struct unstored_block block, int byte)
{
	struct unstored *unstored;
	uint32_t slot;

	assert_int_equal(unstored_open(stage->memory, &unstored), 0);
	do
		assert_int_equal(unstored_take(unstored, &slot), 0);
	while (slot < block.block % 64); /* any order */
	memset(unstored_data(unstored, slot), byte, BLOCK_SIZE);
	unstored_hold(unstored, slot, &block);
	unstored_close(unstored);
}

static void take_over(struct stage *stage)
{
	struct content_store *store = &stage->store;

	assert_int_equal(trees_open_session(store->engine.kv, store->chunks, stage->memory,
					    &store->trees),
			 0);
	assert_int_equal(space_open(store->trees, SPACE_ID, stage->tip, &store->space), 0);
	assert_int_equal(file_open(store->space, stage->number, &stage->file), 0);
}

static void must_read(struct stage *stage, uint64_t offset, const char *text)
{
	char bytes[64] = { 0 };
	size_t got;

	assert_int_equal(file_read(stage->file, offset, bytes, sizeof(bytes) - 1, &got), 0);
	assert_string_equal(bytes, text);
	assert_int_equal(got, strlen(text));
}

/* ---- tests ---- */

static void bytes__behind_the_size_are_not_there(void **state)
{
	struct stage *stage = *state;

	leave(stage, block_of(stage, 0, 50, 12), 'x');
	take_over(stage);
	must_read(stage, 0, "xxxxxxxxxxxx");
	assert_int_equal(content_inode(&stage->store, stage->number).size, 12);
	assert_int_equal(content_count_held(stage->memory), 0);
}

static void block__behind_the_size_is_given_up(void **state)
{
	struct stage *stage = *state;

	leave(stage, block_of(stage, 3, 50, 12), 'x');
	take_over(stage);
	assert_int_equal(content_inode(&stage->store, stage->number).size, 12);
	assert_int_equal(content_count_held(stage->memory), 0);
}

static void size__is_the_largest_that_a_slot_says(void **state)
{
	struct stage *stage = *state;

	leave(stage, block_of(stage, 1, 7, BLOCK_SIZE + 7), 'b');
	leave(stage, block_of(stage, 0, 5, 5), 'a');
	take_over(stage);
	assert_int_equal(content_inode(&stage->store, stage->number).size, BLOCK_SIZE + 7);
	must_read(stage, BLOCK_SIZE, "bbbbbbb");
}

/* The chunk of the former last block must become longer, and only the store has it. */
static void size__that_grew_extends_the_stored_tail(void **state)
{
	struct stage *stage = *state;
	struct inode inode;

	leave(stage, block_of(stage, 2, 3, 2 * BLOCK_SIZE + 3), 'c');
	take_over(stage);
	inode = content_inode(&stage->store, stage->number);
	assert_int_equal(inode.size, 2 * BLOCK_SIZE + 3);
	assert_int_equal(inode.mtime.tv_sec, 1795644422);
	assert_int_equal(inode.mtime.tv_nsec, 5);
	must_read(stage, 2 * BLOCK_SIZE, "ccc");
}

static void size__never_shrinks(void **state)
{
	struct stage *stage = *state;

	leave(stage, block_of(stage, 0, 4, 4), 'x');
	take_over(stage);
	assert_int_equal(content_inode(&stage->store, stage->number).size, 10);
}

static void block__that_is_there_twice_counts_once(void **state)
{
	struct stage *stage = *state;

	leave(stage, block_of(stage, 0, 10, 10), 'x');
	leave(stage, block_of(stage, 0, 10, 10), 'x');
	take_over(stage);
	must_read(stage, 0, "xxxxxxxxxx");
	assert_int_equal(content_count_held(stage->memory), 0);
	assert_int_equal(stage->lines, 1);
}

static void blocks__more_than_a_file_ever_holds_are_all_stored(void **state)
{
	struct stage *stage = *state;

	for (uint64_t block = 40; block-- > 0;)
		leave(stage, block_of(stage, block, BLOCK_SIZE, (block + 1) * BLOCK_SIZE),
		      'A' + (int)(block % 26));
	take_over(stage);
	assert_int_equal(content_inode(&stage->store, stage->number).size, 40 * BLOCK_SIZE);
	for (uint64_t block = 0; block < 40; block++) {
		char byte;
		size_t got;

		assert_int_equal(file_read(stage->file, block * BLOCK_SIZE + 99, &byte, 1, &got),
				 0);
		assert_int_equal(byte, 'A' + block % 26);
	}
	assert_int_equal(content_count_held(stage->memory), 0);
}

static void inode__that_is_gone_is_no_loss(void **state)
{
	struct unstored_block block = {
		.space = SPACE_ID, .size = 5, .number = 999999, .file_size = 5
	};
	struct stage *stage = *state;

	leave(stage, block, 'x');
	take_over(stage);
	assert_int_equal(content_count_held(stage->memory), 0);
	assert_int_equal(stage->lines, 0);
}

static void inode__of_another_space_stays_for_it(void **state)
{
	struct stage *stage = *state;
	struct unstored_block block = block_of(stage, 0, 5, 5);

	block.space++;
	leave(stage, block, 'x');
	take_over(stage);
	must_read(stage, 0, "0123456789");
	assert_int_equal(content_count_held(stage->memory), 1);
}

static void store__that_fails_keeps_it_readable_until_it_works(void **state)
{
	struct stage *stage = *state;

	leave(stage, block_of(stage, 0, 12, 12), 'x');
	engine_faulty_strike(stage->faulty, FAULT_COMMIT | FAULT_PUT, 1, FAULT_ONCE);
	take_over(stage);
	assert_true(engine_faulty_struck(stage->faulty));
	assert_int_equal(stage->lines, 1);
	assert_int_equal(content_count_held(stage->memory), 1);
	assert_int_equal(content_inode(&stage->store, stage->number).size, 10);
	must_read(stage, 0, "xxxxxxxxxxxx");
	/* nobody has it open, as the kernel will see it */
	file_put(stage->file);
	assert_int_equal(space_flush(stage->store.space, 0), 0);
	assert_int_equal(content_inode(&stage->store, stage->number).size, 12);
	assert_int_equal(content_count_held(stage->memory), 0);
	assert_int_equal(file_open(stage->store.space, stage->number, &stage->file), 0);
}

static void store__that_fails_to_the_end_leaves_it_to_the_next(void **state)
{
	struct stage *stage = *state;

	leave(stage, block_of(stage, 0, 12, 12), 'x');
	engine_faulty_strike(stage->faulty, FAULT_CHANGES, 1, FAULT_DEAD);
	assert_int_equal(trees_open_session(stage->inner.kv, stage->store.chunks, stage->memory,
					    &stage->store.trees),
			 0);
	assert_int_equal(space_open(stage->store.trees, SPACE_ID, stage->tip, &stage->store.space),
			 0);
	assert_int_equal(stage->lines, 1);
	space_close(stage->store.space);
	trees_close(stage->store.trees);
	assert_int_equal(content_count_held(stage->memory), 1);
	engine_faulty_strike(stage->faulty, 0, 1, FAULT_NONE);
	take_over(stage);
	must_read(stage, 0, "xxxxxxxxxxxx");
	assert_int_equal(content_count_held(stage->memory), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(bytes__behind_the_size_are_not_there),
		TEST(block__behind_the_size_is_given_up),
		TEST(size__is_the_largest_that_a_slot_says),
		TEST(size__that_grew_extends_the_stored_tail),
		TEST(size__never_shrinks),
		TEST(block__that_is_there_twice_counts_once),
		TEST(blocks__more_than_a_file_ever_holds_are_all_stored),
		TEST(inode__that_is_gone_is_no_loss),
		TEST(inode__of_another_space_stays_for_it),
		TEST(store__that_fails_keeps_it_readable_until_it_works),
		TEST(store__that_fails_to_the_end_leaves_it_to_the_next),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
