/*
 * Storing buffers on an engine that fails: at every call, once and for good. What was
 * stored is the old content or the new one, and what was written stays readable.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/support/content.h"
#include "tests/support/engine_faulty.h"

#define OLD_SIZE   (2 * BLOCK_SIZE + 1000)
#define NEW_OFFSET (BLOCK_SIZE + 500)
#define NEW_SIZE   (3 * BLOCK_SIZE)

/* One store with a file of OLD_SIZE bytes, on a wrapper that has not struck yet. */
struct stage {
	struct engine inner;
	struct engine_faulty *faulty;
	struct content_store store;
	uint64_t number;
	struct content_model before, after;
	struct file *file;
};

static void stage_open(struct stage *stage)
{
	_cleanup_free_ uint8_t *data = malloc(OLD_SIZE);
	struct engine engine;

	assert_int_equal(engine_memory_open(&stage->inner), 0);
	assert_int_equal(engine_faulty_new(&stage->inner, &stage->faulty), 0);
	engine = engine_faulty_engine(stage->faulty);
	assert_int_equal(content_store_make(&stage->store, &engine), 0);
	stage->number = content_file(&stage->store, "a");
	content_model_init(&stage->before, 0);
	content_model_init(&stage->after, 0);
	content_fill(data, OLD_SIZE, 1);
	content_model_write(&stage->before, 0, data, OLD_SIZE);
	content_model_write(&stage->after, 0, data, OLD_SIZE);
	assert_int_equal(file_open(stage->store.space, stage->number, &stage->file), 0);
	assert_int_equal(file_write(stage->file, 0, data, OLD_SIZE, false), 0);
	assert_int_equal(file_sync(stage->file), 0);
}

/* The process has died: everything is opened again on the engine inside. */
static void stage_restart(struct stage *stage)
{
	struct content_store *store = &stage->store;

	file_close(stage->file);
	store->engine = stage->inner;
	/* the rooms still use the wrapper, which is dead: what they hold is lost */
	content_store_reopen(store);
	assert_int_equal(file_open(store->space, stage->number, &stage->file), 0);
}

static void stage_close(struct stage *stage)
{
	file_close(stage->file);
	stage->store.engine = stage->inner;
	content_store_close(&stage->store);
	engine_faulty_free(stage->faulty);
	content_model_release(&stage->before);
	content_model_release(&stage->after);
}

static bool same_size(struct stage *stage, const struct content_model *model)
{
	return content_inode(&stage->store, stage->number).size == model->size;
}

/* ---- what is done to the file; each makes another size, so that old and new can be told ---- */

typedef int (*stage_change)(struct stage *stage);

static int change_by_write(struct stage *stage)
{
	_cleanup_free_ uint8_t *data = malloc(NEW_SIZE);
	int err;

	content_fill(data, NEW_SIZE, 2);
	content_model_write(&stage->after, NEW_OFFSET, data, NEW_SIZE);
	err = file_write(stage->file, NEW_OFFSET, data, NEW_SIZE, false);
	return err ? err : file_sync(stage->file);
}

static int change_by_truncate(struct stage *stage)
{
	struct attr_change change = { .set = SET_SIZE, .size = BLOCK_SIZE - 7 };
	struct inode inode;

	content_model_truncate(&stage->after, change.size);
	return space_setattr(stage->store.space, stage->number, &change, &inode);
}

static int change_by_growing(struct stage *stage)
{
	content_model_truncate(&stage->after, 70 * BLOCK_SIZE);
	return file_allocate(stage->file, 0, 0, 70 * BLOCK_SIZE);
}

/* Dies at the n-th call, for every n, and is looked at by the next process. */
static void check_deaths(stage_change change)
{
	bool struck = true;
	uint64_t n;

	for (n = 1; struck; n++) {
		struct stage stage;
		int err;

		stage_open(&stage);
		engine_faulty_strike(stage.faulty, FAULT_CHANGES | FAULT_GET, n, FAULT_DEAD);
		err = change(&stage);
		struck = engine_faulty_struck(stage.faulty);
		assert_int_equal(err, struck ? -EIO : 0);
		if (!struck) {
			engine_faulty_strike(stage.faulty, 0, 0, FAULT_NONE);
			assert_true(same_size(&stage, &stage.after));
		}
		stage_restart(&stage);
		content_check(&stage.store);
		if (same_size(&stage, &stage.after))
			content_model_compare(&stage.after, stage.file);
		else
			content_model_compare(&stage.before, stage.file);
		stage_close(&stage);
	}
	assert_true(n > 5);
}

static void store__that_dies_at_any_call_leaves_old_or_new_content(void **state)
{
	(void)state;
	check_deaths(change_by_write);
}

static void truncate__that_dies_at_any_call_leaves_old_or_new_content(void **state)
{
	(void)state;
	check_deaths(change_by_truncate);
}

static void allocate__that_dies_at_any_call_leaves_old_or_new_content(void **state)
{
	(void)state;
	check_deaths(change_by_growing);
}

static void store__that_failed_once_is_told_and_done_by_the_next(void **state)
{
	bool struck = true;

	(void)state;
	for (uint64_t n = 1; struck; n++) {
		struct stage stage;
		_cleanup_free_ uint8_t *data = malloc(NEW_SIZE);
		int err;

		stage_open(&stage);
		content_fill(data, NEW_SIZE, 2);
		content_model_write(&stage.after, NEW_OFFSET, data, NEW_SIZE);
		assert_int_equal(file_write(stage.file, NEW_OFFSET, data, NEW_SIZE, false), 0);
		engine_faulty_strike(stage.faulty, FAULT_CHANGES, n, FAULT_ONCE);
		err = file_sync(stage.file);
		struck = engine_faulty_struck(stage.faulty);
		assert_int_equal(err, struck ? -EIO : 0);
		engine_faulty_strike(stage.faulty, 0, 0, FAULT_NONE);
		content_model_compare(&stage.after, stage.file);
		assert_int_equal(file_sync(stage.file), 0);
		assert_true(same_size(&stage, &stage.after));
		content_model_compare(&stage.after, stage.file);
		content_check(&stage.store);
		stage_close(&stage);
	}
}

static void sync__survives_a_power_cut(void **state)
{
	struct stage stage;

	(void)state;
	stage_open(&stage);
	assert_int_equal(change_by_write(&stage), 0);
	assert_int_equal(engine_faulty_power_cut(stage.faulty, 0), 0);
	stage_restart(&stage);
	content_model_compare(&stage.after, stage.file);
	content_check(&stage.store);
	stage_close(&stage);
}

static void power_cut__before_the_sync_leaves_old_or_new_content(void **state)
{
	bool is_more = true;

	(void)state;
	for (size_t keep = 0; is_more; keep++) {
		_cleanup_free_ uint8_t *data = malloc(NEW_SIZE);
		struct stage stage;

		stage_open(&stage);
		content_fill(data, NEW_SIZE, 2);
		content_model_write(&stage.after, NEW_OFFSET, data, NEW_SIZE);
		assert_int_equal(file_write(stage.file, NEW_OFFSET, data, NEW_SIZE, false), 0);
		assert_int_equal(file_flush(stage.file), 0);
		is_more = engine_faulty_unsynced(stage.faulty) > keep;
		assert_int_equal(engine_faulty_power_cut(stage.faulty, keep), 0);
		stage_restart(&stage);
		content_check(&stage.store);
		assert_true(is_more || same_size(&stage, &stage.after));
		if (same_size(&stage, &stage.after))
			content_model_compare(&stage.after, stage.file);
		else
			content_model_compare(&stage.before, stage.file);
		stage_close(&stage);
	}
}

/* The file lost its inode under the buffers: they go, the writer is told. */
static void store__of_a_file_that_is_gone_drops_the_data(void **state)
{
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;
	struct trees_stats stats;
	struct stage stage;
	version_id root;

	(void)state;
	stage_open(&stage);
	assert_int_equal(version_create(stage.store.trees, &batch, VERSION_NONE, &root), 0);
	assert_int_equal(kv_commit(stage.store.engine.kv, &batch), 0);
	assert_int_equal(file_write(stage.file, 0, "x", 1, false), 0);
	assert_int_equal(space_move(stage.store.space, root), 0);
	assert_int_equal(file_flush(stage.file), -CSM_STALE);
	assert_int_equal(file_flush(stage.file), 0);
	trees_stats(stage.store.trees, &stats);
	assert_int_equal(stats.dirty_bytes, 0);
	assert_int_equal(file_write(stage.file, 0, "x", 1, false), -CSM_STALE);
	stage_close(&stage);
}

/* The file keeps what it had; blocks that are held already may be written on. */
static void write__without_room_on_the_disk_is_refused(void **state)
{
	_cleanup_free_ uint8_t *data = malloc(NEW_SIZE);
	struct stage stage;

	(void)state;
	stage_open(&stage);
	content_fill(data, NEW_SIZE, 2);
	engine_faulty_room(stage.faulty, BLOCK_SIZE - 1);
	assert_int_equal(file_write(stage.file, 0, "x", 1, false), -ENOSPC);
	content_model_compare(&stage.before, stage.file);
	engine_faulty_room(stage.faulty, BLOCK_SIZE);
	assert_int_equal(file_write(stage.file, 0, "x", 1, false), 0);
	engine_faulty_room(stage.faulty, 0);
	assert_int_equal(file_write(stage.file, 1, "y", 1, false), 0);
	assert_int_equal(file_write(stage.file, BLOCK_SIZE, "z", 1, false), -ENOSPC);
	assert_int_equal(file_flush(stage.file), 0);
	content_model_write(&stage.before, 0, (const uint8_t *)"xy", 2);
	content_model_compare(&stage.before, stage.file);
	engine_faulty_room(stage.faulty, UINT64_MAX);
	assert_int_equal(file_write(stage.file, BLOCK_SIZE, "z", 1, false), 0);
	stage_close(&stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(store__that_dies_at_any_call_leaves_old_or_new_content),
		cmocka_unit_test(truncate__that_dies_at_any_call_leaves_old_or_new_content),
		cmocka_unit_test(allocate__that_dies_at_any_call_leaves_old_or_new_content),
		cmocka_unit_test(store__that_failed_once_is_told_and_done_by_the_next),
		cmocka_unit_test(sync__survives_a_power_cut),
		cmocka_unit_test(power_cut__before_the_sync_leaves_old_or_new_content),
		cmocka_unit_test(store__of_a_file_that_is_gone_drops_the_data),
		cmocka_unit_test(write__without_room_on_the_disk_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
