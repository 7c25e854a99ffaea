/*
 * The promises of engine.h about checkpoints, run on every engine.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/base/cleanup.h"
#include "tests/support/contract.h"
#include "tests/support/scratch.h"

static void put_blob(struct blobs *blobs, uint8_t mark)
{
	uint8_t digest[32];

	memset(digest, mark, sizeof digest);
	assert_int_equal(blobs_put(blobs, digest, slice_of(digest, sizeof digest)), 0);
}

static int has_blob(struct blobs *blobs, uint8_t mark)
{
	uint8_t digest[32];

	memset(digest, mark, sizeof digest);
	return blobs_has(blobs, digest);
}

/* Memory has nothing to copy; a copy is otherwise an engine of its own. */
static void checkpoint__is_an_engine_with_what_was_there_and_nothing_later(void **state)
{
	struct contract *f = *state;
	_cleanup_free_ char *path = NULL;
	struct engine copy;

	contract_put(f->kv, "a", "old");
	contract_put(f->kv, "b", "kept");
	put_blob(f->blobs, 1);
	assert_true(asprintf(&path, "%s/copy", f->directory ? f->directory : "/nowhere") > 0);
	if (!f->directory) {
		assert_int_equal(kv_checkpoint(f->kv, path), -EOPNOTSUPP);
		return;
	}
	assert_int_equal(kv_checkpoint(f->kv, path), 0);
	contract_put(f->kv, "a", "new");
	contract_put(f->kv, "c", "later");
	put_blob(f->blobs, 2);
	assert_int_equal(engine_rocksdb_open(path, false, &copy, NULL), 0);
	contract_value(copy.kv, "a", "old");
	contract_value(copy.kv, "b", "kept");
	contract_absent(copy.kv, "c");
	assert_int_equal(has_blob(copy.blobs, 1), 1);
	assert_int_equal(has_blob(copy.blobs, 2), 0);
	contract_put(copy.kv, "a", "its own");
	engine_close(&copy);
	contract_value(f->kv, "a", "new");
}

static void checkpoint__leaves_what_is_in_the_way_alone(void **state)
{
	struct contract *f = *state;

	contract_put(f->kv, "a", "one");
	if (f->directory)
		assert_int_equal(kv_checkpoint(f->kv, f->directory), -EEXIST);
	contract_value(f->kv, "a", "one");
}

/* Where /dev/shm is a file system of its own, as it is nearly everywhere, nothing can be linked. */
static void checkpoint__goes_to_another_file_system(void **state)
{
	struct contract *f = *state;
	char directory[] = "/dev/shm/csmfs-test-XXXXXX";
	_cleanup_free_ char *path = NULL;
	struct engine copy;

	if (!f->directory)
		return;
	contract_put(f->kv, "a", "one");
	put_blob(f->blobs, 1);
	assert_non_null(mkdtemp(directory));
	assert_true(asprintf(&path, "%s/copy", directory) > 0);
	assert_int_equal(kv_checkpoint(f->kv, path), 0);
	assert_int_equal(engine_rocksdb_open(path, false, &copy, NULL), 0);
	contract_value(copy.kv, "a", "one");
	assert_int_equal(has_blob(copy.blobs, 1), 1);
	engine_close(&copy);
	scratch_remove(strdup(directory));
}

struct pairs {
	struct engine *engine;
	atomic_bool stop;
	atomic_uint written;
};

/* A blob, then the row that refers to it; the row goes before its blob. */
static void *write_pairs(void *context)
{
	struct pairs *pairs = context;
	uint8_t digest[32] = { 0 };

	for (uint32_t i = 0; !atomic_load(&pairs->stop); i++) {
		struct slice key = slice_of(digest, sizeof digest);
		_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;
		_cleanup_(cleanup_kv_batch) struct kv_batch removal = KV_BATCH_INIT;

		put_le32(digest, i);
		assert_true(blobs_put(pairs->engine->blobs, digest, slice_text("bytes")) >= 0);
		kv_batch_put(&batch, key, slice_text("row"));
		assert_int_equal(kv_commit(pairs->engine->kv, &batch), 0);
		atomic_store(&pairs->written, i);
		if (i % 3 == 0)
			continue;
		kv_batch_delete(&removal, key);
		assert_int_equal(kv_commit(pairs->engine->kv, &removal), 0);
		assert_int_equal(blobs_remove(pairs->engine->blobs, digest), 0);
	}
	return NULL;
}

/* How many rows there are; each has its blob. */
static unsigned count_pairs(const char *path)
{
	_cleanup_(cleanup_kv_iter) struct kv_iter *iter = NULL;
	struct engine copy;
	unsigned count = 0;

	assert_int_equal(engine_rocksdb_open(path, false, &copy, NULL), 0);
	assert_int_equal(kv_iter_new(copy.kv, slice_text(""), &iter), 0);
	for (; kv_iter_valid(iter); kv_iter_next(iter), count++)
		assert_int_equal(blobs_has(copy.blobs, kv_iter_key(iter).data), 1);
	assert_int_equal(kv_iter_error(iter), 0);
	kv_iter_free(take_pointer(&iter));
	engine_close(&copy);
	return count;
}

static void checkpoint__has_the_blob_of_every_row_while_others_write_and_remove(void **state)
{
	struct contract *f = *state;
	struct pairs pairs = { .engine = &f->engine };
	pthread_t thread;

	if (!f->directory)
		return;
	assert_int_equal(pthread_create(&thread, NULL, write_pairs, &pairs), 0);
	for (int i = 0; i < 8; i++) {
		_cleanup_free_ char *path = NULL;
		unsigned before, counted;

		while (atomic_load(&pairs.written) < (unsigned)i * 300)
			sched_yield();
		before = atomic_load(&pairs.written);
		assert_true(asprintf(&path, "%s/copy%d", f->directory, i) > 0);
		assert_int_equal(kv_checkpoint(f->kv, path), 0);
		counted = count_pairs(path);
		/* One row in three stays, and the newest may be there besides. */
		assert_true(counted >= before / 3);
		assert_true(counted <= atomic_load(&pairs.written) / 3 + 2);
	}
	atomic_store(&pairs.stop, true);
	pthread_join(thread, NULL);
}

int main(void)
{
	static const struct contract_test tests[] = {
		CONTRACT_TEST(checkpoint__is_an_engine_with_what_was_there_and_nothing_later),
		CONTRACT_TEST(checkpoint__leaves_what_is_in_the_way_alone),
		CONTRACT_TEST(checkpoint__goes_to_another_file_system),
		CONTRACT_TEST(checkpoint__has_the_blob_of_every_row_while_others_write_and_remove),
	};

	return contract_run("engine contract: checkpoints", tests, sizeof tests / sizeof tests[0]);
}
