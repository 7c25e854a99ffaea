/*
 * What the engine on disk does about space: what is deleted comes back while it is open, and
 * a full disk refuses blobs but lets itself be emptied. The full disk is a small tmpfs in
 * a mount namespace of this process; where that is not allowed, those tests are skipped.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <unistd.h>

#include "store/base/cleanup.h"
#include "store/engine/engine.h"
#include "tests/support/scratch.h"

#define BLOB_BYTES 65536
#define DISK "size=48m"
#define MORE_THAN_THE_DISK 1000 /* blobs */
#define POLLS_MAX 600 /* a tenth of a second each: long enough for any machine, then it hangs */

/* Set before RocksDB has threads, which would stay in the old namespace. */
static bool own_namespace;

struct fixture {
	char *directory;
	struct engine engine;
	bool mounted;
};

/* Where mounts are not allowed the fixture has no engine. */
static int setup_disk(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	_cleanup_free_ char *database = NULL;

	if (!f)
		return -1;
	*state = f;
	f->directory = scratch_new();
	assert_non_null(f->directory);
	if (!own_namespace || mount("tmpfs", f->directory, "tmpfs", 0, DISK) < 0)
		return 0;
	f->mounted = true;
	assert_true(asprintf(&database, "%s/db", f->directory) > 0);
	assert_int_equal(engine_rocksdb_open(database, true, &f->engine, NULL), 0);
	return 0;
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	if (!f)
		return -1;
	f->directory = scratch_new();
	assert_non_null(f->directory);
	assert_int_equal(engine_rocksdb_open(f->directory, true, &f->engine, NULL), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	engine_close(&f->engine);
	if (f->mounted)
		umount(f->directory);
	scratch_remove(f->directory);
	free(f);
	return 0;
}

static void number_digest(unsigned number, uint8_t ret_digest[32])
{
	memset(ret_digest, 0, 32);
	/* The first byte spreads them as a real digest's does. */
	ret_digest[0] = (uint8_t)(number * 37);
	put_be32(ret_digest + 1, number);
}

/* Bytes that do not compress. */
static int put_blob(struct blobs *blobs, unsigned number)
{
	static uint8_t bytes[BLOB_BYTES];
	uint64_t seed = number;
	uint8_t digest[32];

	for (size_t i = 0; i < sizeof bytes; i++) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		bytes[i] = (uint8_t)(seed >> 56);
	}
	number_digest(number, digest);
	return blobs_put(blobs, digest, slice_of(bytes, sizeof bytes));
}

static int remove_blob(struct blobs *blobs, unsigned number)
{
	uint8_t digest[32];

	number_digest(number, digest);
	return blobs_remove(blobs, digest);
}

static uint64_t disk_bytes(struct kv *kv)
{
	struct kv_stats stats;

	kv_stats(kv, &stats);
	return stats.disk_bytes;
}

static bool shrinks_below(struct kv *kv, uint64_t bytes)
{
	for (int i = 0; i < POLLS_MAX; i++) {
		if (disk_bytes(kv) < bytes)
			return true;
		usleep(100000);
	}
	return false;
}

/* ---- space comes back ---- */

#define BLOBS 800 /* 50 MiB, more than a memtable: some of it is in files */

static void space__of_removed_blobs_comes_back_while_open(void **state)
{
	struct fixture *f = *state;

	for (unsigned i = 0; i < BLOBS; i++)
		assert_int_equal(put_blob(f->engine.blobs, i), 0);
	assert_true(disk_bytes(f->engine.kv) >= BLOBS * BLOB_BYTES);
	for (unsigned i = 0; i < BLOBS; i++)
		assert_int_equal(remove_blob(f->engine.blobs, i), 0);
	assert_true(shrinks_below(f->engine.kv, 4u << 20));
}

static void space__comes_back_from_files_that_hold_other_blobs_too(void **state)
{
	struct fixture *f = *state;
	_cleanup_(cleanup_buffer) struct buffer bytes = BUFFER_INIT;

	for (unsigned i = 0; i < BLOBS; i++)
		assert_int_equal(put_blob(f->engine.blobs, i), 0);
	for (unsigned i = 0; i < BLOBS; i++)
		if (i % 4)
			assert_int_equal(remove_blob(f->engine.blobs, i), 0);
	assert_true(shrinks_below(f->engine.kv, BLOBS * BLOB_BYTES / 2));
	for (unsigned i = 0; i < BLOBS; i += 4) {
		uint8_t digest[32];

		number_digest(i, digest);
		assert_int_equal(blobs_get(f->engine.blobs, digest, &bytes), 0);
		assert_int_equal(bytes.size, BLOB_BYTES);
	}
}

#define ROWS 20000
#define ROW_BYTES 500

static void space__of_a_deleted_range_of_rows_comes_back_while_open(void **state)
{
	struct fixture *f = *state;
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;
	uint8_t key[5] = { 'r' }, value[ROW_BYTES];
	uint64_t seed = 1;

	for (uint32_t i = 0; i < ROWS; i++) {
		for (size_t k = 0; k < sizeof value; k++) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			value[k] = (uint8_t)(seed >> 56);
		}
		put_be32(key + 1, i);
		kv_batch_put(&batch, slice_of(key, sizeof key), slice_of(value, sizeof value));
	}
	assert_int_equal(kv_commit(f->engine.kv, &batch), 0);
	assert_true(disk_bytes(f->engine.kv) >= ROWS * ROW_BYTES);
	kv_batch_clear(&batch);
	kv_batch_delete_range(&batch, slice_text("r"), slice_text("s"));
	assert_int_equal(kv_commit(f->engine.kv, &batch), 0);
	assert_true(shrinks_below(f->engine.kv, ROWS * ROW_BYTES / 4));
}

/* ---- a full disk ---- */

/* Puts until the disk is full; returns how many went in. */
static unsigned fill(struct blobs *blobs)
{
	unsigned count = 0;
	int code = 0;

	while (code == 0 && count < MORE_THAN_THE_DISK) {
		code = put_blob(blobs, count);
		count += code == 0;
	}
	assert_int_equal(code, -ENOSPC);
	return count;
}

static void full_disk__refuses_blobs_and_keeps_those_it_took(void **state)
{
	struct fixture *f = *state;
	_cleanup_(cleanup_buffer) struct buffer bytes = BUFFER_INIT;
	unsigned count;

	if (!f->mounted)
		skip();
	count = fill(f->engine.blobs);
	assert_true(count > 100);
	for (unsigned i = 0; i < count; i++) {
		uint8_t digest[32];

		number_digest(i, digest);
		assert_int_equal(blobs_get(f->engine.blobs, digest, &bytes), 0);
	}
}

static void full_disk__says_of_a_blob_it_has_that_it_is_there(void **state)
{
	struct fixture *f = *state;

	if (!f->mounted)
		skip();
	fill(f->engine.blobs);
	assert_int_equal(put_blob(f->engine.blobs, 0), 1);
}

static void full_disk__still_takes_rows_and_syncs_them(void **state)
{
	struct fixture *f = *state;
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;

	if (!f->mounted)
		skip();
	fill(f->engine.blobs);
	kv_batch_put(&batch, slice_text("key"), slice_text("value"));
	assert_int_equal(kv_commit(f->engine.kv, &batch), 0);
	assert_int_equal(kv_sync(f->engine.kv), 0);
}

static void full_disk__takes_blobs_again_after_removals(void **state)
{
	struct fixture *f = *state;
	unsigned count;
	int code = -ENOSPC;

	if (!f->mounted)
		skip();
	count = fill(f->engine.blobs);
	for (unsigned i = 0; i < count; i++)
		assert_int_equal(remove_blob(f->engine.blobs, i), 0);
	for (int i = 0; i < POLLS_MAX && code; i++) {
		usleep(100000);
		code = put_blob(f->engine.blobs, MORE_THAN_THE_DISK);
	}
	assert_int_equal(code, 0);
}

/* None of the files they were in has nothing else. */
static void full_disk__takes_blobs_again_after_every_second_was_removed(void **state)
{
	struct fixture *f = *state;
	unsigned count, again = 0;

	if (!f->mounted)
		skip();
	count = fill(f->engine.blobs);
	assert_int_equal(blobs_room(f->engine.blobs, BLOB_BYTES), -ENOSPC);
	for (unsigned i = 0; i < count; i += 2)
		assert_int_equal(remove_blob(f->engine.blobs, i), 0);
	for (int i = 0; i < POLLS_MAX && again < count / 4; i++) {
		if (put_blob(f->engine.blobs, MORE_THAN_THE_DISK + again) == 0)
			again++;
		else
			usleep(100000);
	}
	assert_int_equal(again, count / 4);
}

/* Takes all of the disk that is left. */
static char *fill_by_others(const char *directory)
{
	static const uint8_t bytes[BLOB_BYTES];
	char *path;
	int fd;

	assert_true(asprintf(&path, "%s/other", directory) > 0);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	while (write(fd, bytes, sizeof bytes) > 0)
		;
	close(fd);
	return path;
}

/* Rows until none fits; the code of the one that did not. */
static int commit_until_full(struct kv *kv)
{
	static uint8_t value[BLOB_BYTES];
	int code = 0;

	for (unsigned i = 0; code == 0 && i < MORE_THAN_THE_DISK; i++) {
		_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;

		value[0] = (uint8_t)i;
		kv_batch_put(&batch, slice_text("key"), slice_of(value, sizeof value));
		code = kv_commit(kv, &batch);
	}
	return code;
}

static void full_disk__filled_by_others_refuses_and_goes_on_when_they_leave(void **state)
{
	struct fixture *f = *state;
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;
	_cleanup_free_ char *other = NULL;
	int code = -ENOSPC;

	if (!f->mounted)
		skip();
	kv_batch_put(&batch, slice_text("kept"), slice_text("value"));
	assert_int_equal(kv_commit(f->engine.kv, &batch), 0);
	assert_int_equal(kv_sync(f->engine.kv), 0);
	other = fill_by_others(f->directory);
	assert_int_equal(commit_until_full(f->engine.kv), -ENOSPC);
	assert_int_equal(kv_sync(f->engine.kv), -ENOSPC);
	assert_int_equal(kv_commit(f->engine.kv, &batch), -ENOSPC);
	assert_int_equal(unlink(other), 0);
	for (int i = 0; i < POLLS_MAX && code; i++) {
		usleep(100000);
		code = kv_sync(f->engine.kv);
	}
	assert_int_equal(code, 0);
	assert_int_equal(kv_commit(f->engine.kv, &batch), 0);
	assert_int_equal(kv_sync(f->engine.kv), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
#define TEST_DISK(f) cmocka_unit_test_setup_teardown(f, setup_disk, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(space__of_removed_blobs_comes_back_while_open),
		TEST(space__comes_back_from_files_that_hold_other_blobs_too),
		TEST(space__of_a_deleted_range_of_rows_comes_back_while_open),
		TEST_DISK(full_disk__refuses_blobs_and_keeps_those_it_took),
		TEST_DISK(full_disk__says_of_a_blob_it_has_that_it_is_there),
		TEST_DISK(full_disk__still_takes_rows_and_syncs_them),
		TEST_DISK(full_disk__takes_blobs_again_after_removals),
		TEST_DISK(full_disk__takes_blobs_again_after_every_second_was_removed),
		TEST_DISK(full_disk__filled_by_others_refuses_and_goes_on_when_they_leave),
	};

	own_namespace = unshare(CLONE_NEWNS) == 0 &&
			mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
