/*
 * When the slots of a stored file end: with the commit, under the space's lock. Whoever has that
 * lock next (who freezes, seals or deletes) leaves nothing behind that a later process would
 * store once more.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/support/content.h"

#define SPACE_ID 18
#define FREEZES	 700

struct stage {
	int memory;
	struct content_store store;
	struct file *file;
	_Atomic bool ending;
};

static void stage_open(struct stage *stage)
{
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;
	struct content_store *store = &stage->store;
	version_id root;

	memset(stage, 0, sizeof(*stage));
	stage->memory = memfd_create("unstored", MFD_CLOEXEC);
	assert_true(stage->memory >= 0);
	assert_int_equal(engine_memory_open(&store->engine), 0);
	assert_int_equal(chunks_new(store->engine.blobs, 4u << 20, &store->chunks), 0);
	assert_int_equal(trees_open_session(store->engine.kv, store->chunks, stage->memory,
					    &store->trees),
			 0);
	assert_int_equal(version_create(store->trees, &batch, VERSION_NONE, &root), 0);
	assert_int_equal(kv_commit(store->engine.kv, &batch), 0);
	assert_int_equal(space_open(store->trees, SPACE_ID, root, &store->space), 0);
	assert_int_equal(file_open(store->space, content_file(store, "a"), &stage->file), 0);
}

static void stage_close(struct stage *stage)
{
	file_close(stage->file);
	content_check(&stage->store);
	content_store_close(&stage->store);
	close(stage->memory);
}

/* Returns NULL, or the stage when something failed. */
static void *write_and_store(void *context)
{
	struct stage *stage = context;
	uint64_t turn = 0;

	while (!stage->ending) {
		uint8_t bytes[64];
		int err;

		content_fill(bytes, sizeof(bytes), turn++);
		for (uint64_t block = 0; block < 15; block++) {
			err = file_write(stage->file, block * BLOCK_SIZE, bytes, sizeof(bytes),
					 false);
			if (err && err != -EROFS)
				return stage;
		}
		err = file_flush(stage->file);
		if (err && err != -EROFS)
			return stage;
	}
	return NULL;
}

static void slots__end_before_the_space_can_be_frozen(void **state)
{
	struct stage stage;
	size_t held_while_writing = 0;
	pthread_t thread;
	void *failed;

	(void)state;
	stage_open(&stage);
	assert_int_equal(pthread_create(&thread, NULL, write_and_store, &stage), 0);
	for (size_t i = 0; i < FREEZES || (!held_while_writing && i < 100 * FREEZES); i++) {
		usleep((useconds_t)(i % 20 * 10));
		held_while_writing += content_count_held(stage.memory);
		size_t held;

		assert_int_equal(space_freeze(stage.store.space, -EROFS), 0);
		held = content_count_held(stage.memory);
		space_thaw(stage.store.space);
		assert_int_equal(held, 0);
	}
	stage.ending = true;
	assert_int_equal(pthread_join(thread, &failed), 0);
	assert_null(failed);
	assert_true(held_while_writing > 0);
	stage_close(&stage);
}

static void slots__of_a_write_that_was_refused_are_not_held(void **state)
{
	struct trees_stats stats;
	struct stage stage;

	(void)state;
	stage_open(&stage);
	assert_int_equal(space_freeze(stage.store.space, -EROFS), 0);
	assert_int_equal(file_write(stage.file, 0, "bytes", 5, false), -EROFS);
	assert_int_equal(content_count_held(stage.memory), 0);
	space_thaw(stage.store.space);
	assert_int_equal(file_write(stage.file, 0, "bytes", 5, false), 0);
	assert_int_equal(content_count_held(stage.memory), 1);
	trees_stats(stage.store.trees, &stats);
	assert_int_equal(stats.dirty_bytes, 4096);
	assert_int_equal(file_flush(stage.file), 0);
	assert_int_equal(content_count_held(stage.memory), 0);
	stage_close(&stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slots__end_before_the_space_can_be_frozen),
		cmocka_unit_test(slots__of_a_write_that_was_refused_are_not_held),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
