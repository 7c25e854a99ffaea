/*
 * What only the engine on disk promises: what it keeps over a close and a death, how it
 * refuses to open, and that callers share a sync. Directories are made below $TMPDIR.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/base/cleanup.h"
#include "store/base/error.h"
#include "store/engine/engine.h"
#include "tests/support/scratch.h"

struct fixture {
	char *directory;
	struct engine engine;
};

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
	scratch_remove(f->directory);
	free(f);
	return 0;
}

static int put(struct kv *kv, const char *key, const char *value)
{
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;

	kv_batch_put(&batch, slice_text(key), slice_text(value));
	return kv_commit(kv, &batch);
}

static void assert_value(struct kv *kv, const char *key, const char *want)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;

	assert_int_equal(kv_get(kv, slice_text(key), &value), 0);
	assert_int_equal(value.size, strlen(want));
	assert_memory_equal(value.data, want, value.size);
}

static void assert_absent(struct kv *kv, const char *key)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;

	assert_int_equal(kv_get(kv, slice_text(key), &value), -ENOENT);
}

static void reopen(struct fixture *f)
{
	engine_close(&f->engine);
	assert_int_equal(engine_rocksdb_open(f->directory, false, &f->engine, NULL), 0);
}

/*
 * This program again, with a name of below and the directory as arguments: it does that and
 * ends without closing the engine. Not a fork: RocksDB's threads would be missing.
 */
static int run_again(const char *work, const char *directory)
{
	char *const arguments[] = { (char *)"test_rocksdb", (char *)work, (char *)directory, NULL };
	pid_t child;
	int status;

	assert_int_equal(posix_spawn(&child, "/proc/self/exe", NULL, NULL, arguments, environ), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void die_after(struct fixture *f, const char *work)
{
	engine_close(&f->engine);
	assert_int_equal(run_again(work, f->directory), 0);
}

/* ---- keeping ---- */

static void rocksdb__keeps_synced_and_unsynced_rows_over_a_close(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(put(f->engine.kv, "synced", "1"), 0);
	assert_int_equal(kv_sync(f->engine.kv), 0);
	assert_int_equal(put(f->engine.kv, "unsynced", "2"), 0);
	reopen(f);
	assert_value(f->engine.kv, "synced", "1");
	assert_value(f->engine.kv, "unsynced", "2");
}

static void rocksdb__keeps_blobs_large_and_small_over_a_close(void **state)
{
	struct fixture *f = *state;
	static uint8_t large[300000];
	_cleanup_(cleanup_buffer) struct buffer bytes = BUFFER_INIT;
	const uint8_t one[32] = { 1 }, two[32] = { 2 };

	for (size_t i = 0; i < sizeof large; i++)
		large[i] = (uint8_t)(i * i >> 8);
	assert_int_equal(blobs_put(f->engine.blobs, one, slice_text("small")), 0);
	assert_int_equal(blobs_put(f->engine.blobs, two, slice_of(large, sizeof large)), 0);
	reopen(f);
	assert_int_equal(blobs_get(f->engine.blobs, one, &bytes), 0);
	assert_int_equal(bytes.size, 5);
	assert_int_equal(blobs_get(f->engine.blobs, two, &bytes), 0);
	assert_int_equal(bytes.size, sizeof large);
	assert_memory_equal(bytes.data, large, sizeof large);
}

static int commit_and_put(struct engine *engine)
{
	const uint8_t digest[32] = { 5 };
	int code = put(engine->kv, "a", "1");

	return code ? code : blobs_put(engine->blobs, digest, slice_text("blob"));
}

static void rocksdb__keeps_what_was_committed_when_the_process_dies(void **state)
{
	struct fixture *f = *state;
	const uint8_t digest[32] = { 5 };

	die_after(f, "commit_and_put");
	assert_int_equal(engine_rocksdb_open(f->directory, false, &f->engine, NULL), 0);
	assert_value(f->engine.kv, "a", "1");
	assert_int_equal(blobs_has(f->engine.blobs, digest), 1);
}

/* The write-ahead log that was written last: the highest number. */
static char *newest_log(const char *directory)
{
	DIR *dir = opendir(directory);
	char newest[256] = "";
	struct dirent *entry;
	char *path;

	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		const char *dot = strrchr(entry->d_name, '.');

		if (dot && strcmp(dot, ".log") == 0 && strcmp(entry->d_name, newest) > 0)
			snprintf(newest, sizeof newest, "%s", entry->d_name);
	}
	closedir(dir);
	assert_true(newest[0]);
	assert_true(asprintf(&path, "%s/%s", directory, newest) > 0);
	return path;
}

static int commit_first_synced(struct engine *engine)
{
	int code = put(engine->kv, "synced", "1");

	if (code == 0)
		code = kv_sync(engine->kv);
	return code ? code : put(engine->kv, "tail", "2");
}

static void rocksdb__drops_a_torn_tail_of_the_log_and_keeps_what_was_synced(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *log = NULL;
	struct stat st;

	die_after(f, "commit_first_synced");
	log = newest_log(f->directory);
	assert_int_equal(stat(log, &st), 0);
	assert_int_equal(truncate(log, st.st_size - 3), 0);
	assert_int_equal(engine_rocksdb_open(f->directory, false, &f->engine, NULL), 0);
	assert_value(f->engine.kv, "synced", "1");
	assert_absent(f->engine.kv, "tail");
}

/* Turns size bytes from offset round; offset below 0 counts from the end. */
static void damage_at(const char *path, off_t offset, size_t size)
{
	int fd = open(path, O_RDWR);
	uint8_t bytes[64];
	struct stat st;

	assert_true(fd >= 0);
	assert_true(size <= sizeof bytes);
	assert_int_equal(fstat(fd, &st), 0);
	if (offset < 0)
		offset += st.st_size;
	assert_int_equal(pread(fd, bytes, size, offset), size);
	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)~bytes[i];
	assert_int_equal(pwrite(fd, bytes, size, offset), size);
	close(fd);
}

static void rocksdb__drops_a_tail_of_the_log_that_was_half_written(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *log = NULL;

	die_after(f, "commit_first_synced");
	log = newest_log(f->directory);
	damage_at(log, -4, 4);
	assert_int_equal(engine_rocksdb_open(f->directory, false, &f->engine, NULL), 0);
	assert_value(f->engine.kv, "synced", "1");
	assert_absent(f->engine.kv, "tail");
}

static int commit_all_synced(struct engine *engine)
{
	int code = 0;

	for (unsigned i = 0; i < 5 && code == 0; i++) {
		char key[16];

		snprintf(key, sizeof key, "key%u", i);
		code = put(engine->kv, key, "value");
		if (code == 0)
			code = kv_sync(engine->kv);
	}
	return code;
}

static void rocksdb__reports_a_log_that_lost_synced_commits(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *log = NULL;
	_cleanup_free_ char *message = NULL;

	die_after(f, "commit_all_synced");
	log = newest_log(f->directory);
	damage_at(log, 40, 4);
	assert_int_equal(engine_rocksdb_open(f->directory, false, &f->engine, &message),
			 -CSM_STORE_DAMAGED);
	assert_non_null(message);
	assert_non_null(strstr(message, "synced changes are lost"));
}

/* ---- refusing ---- */

static void rocksdb__of_a_missing_directory_is_enoent(void **state)
{
	struct engine engine;

	(void)state;
	assert_int_equal(engine_rocksdb_open("/nonexistent/store", false, &engine, NULL), -ENOENT);
	assert_null(engine.kv);
}

static void rocksdb__of_a_directory_without_a_database_is_enoent(void **state)
{
	char *directory = scratch_new();
	struct engine engine;

	(void)state;
	assert_int_equal(engine_rocksdb_open(directory, false, &engine, NULL), -ENOENT);
	scratch_remove(directory);
}

static void rocksdb__does_not_create_over_a_database(void **state)
{
	struct fixture *f = *state;
	struct engine other;

	assert_int_equal(put(f->engine.kv, "a", "1"), 0);
	engine_close(&f->engine);
	assert_int_equal(engine_rocksdb_open(f->directory, true, &other, NULL), -EEXIST);
	assert_int_equal(engine_rocksdb_open(f->directory, false, &f->engine, NULL), 0);
	assert_value(f->engine.kv, "a", "1");
}

static void rocksdb__is_busy_for_another_process(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(run_again("nothing", f->directory), EBUSY);
	engine_close(&f->engine);
	assert_int_equal(run_again("nothing", f->directory), 0);
}

/* The path of a file whose name starts with start and ends with end. */
static char *find_file(const char *directory, const char *start, const char *end)
{
	DIR *dir = opendir(directory);
	struct dirent *entry;
	char *path = NULL;

	assert_non_null(dir);
	while (!path && (entry = readdir(dir))) {
		size_t size = strlen(entry->d_name);

		if (strncmp(entry->d_name, start, strlen(start)) == 0 && size >= strlen(end) &&
		    strcmp(entry->d_name + size - strlen(end), end) == 0)
			assert_true(asprintf(&path, "%s/%s", directory, entry->d_name) > 0);
	}
	closedir(dir);
	assert_non_null(path);
	return path;
}

static void assert_damaged(struct fixture *f)
{
	_cleanup_free_ char *message = NULL;

	assert_int_equal(engine_rocksdb_open(f->directory, false, &f->engine, &message),
			 -CSM_STORE_DAMAGED);
	assert_non_null(message);
	assert_true(strlen(message) > 10);
	assert_null(f->engine.kv);
}

static void rocksdb__reports_a_damaged_manifest(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *path = NULL;

	assert_int_equal(put(f->engine.kv, "a", "1"), 0);
	engine_close(&f->engine);
	path = find_file(f->directory, "MANIFEST-", "");
	damage_at(path, 20, 8);
	assert_damaged(f);
}

static void rocksdb__reports_a_missing_manifest(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *path = NULL;

	engine_close(&f->engine);
	path = find_file(f->directory, "MANIFEST-", "");
	assert_int_equal(unlink(path), 0);
	assert_damaged(f);
}

static void rocksdb__reports_a_damaged_current_file(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *path = NULL;

	engine_close(&f->engine);
	path = find_file(f->directory, "CURRENT", "");
	damage_at(path, 0, 4);
	assert_damaged(f);
}

static void rocksdb__reports_a_missing_current_file(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *path = NULL;

	engine_close(&f->engine);
	path = find_file(f->directory, "CURRENT", "");
	assert_int_equal(unlink(path), 0);
	assert_damaged(f);
}

static void rocksdb__reports_a_cut_table(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *path = NULL;

	assert_int_equal(put(f->engine.kv, "a", "1"), 0);
	engine_close(&f->engine);
	path = find_file(f->directory, "", ".sst");
	assert_int_equal(truncate(path, 100), 0);
	assert_damaged(f);
}

static void rocksdb__reports_a_missing_table(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *path = NULL;

	assert_int_equal(put(f->engine.kv, "a", "1"), 0);
	engine_close(&f->engine);
	path = find_file(f->directory, "", ".sst");
	assert_int_equal(unlink(path), 0);
	assert_damaged(f);
}

static void rocksdb__reports_a_damaged_end_of_a_table(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *path = NULL;

	assert_int_equal(put(f->engine.kv, "a", "1"), 0);
	engine_close(&f->engine);
	path = find_file(f->directory, "", ".sst");
	damage_at(path, -8, 8);
	assert_damaged(f);
}

static void rocksdb__gives_eio_for_damage_inside_a_table(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *path = NULL;
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;

	assert_int_equal(put(f->engine.kv, "a", "a value that can be damaged"), 0);
	engine_close(&f->engine);
	path = find_file(f->directory, "", ".sst");
	damage_at(path, 4, 8);
	assert_int_equal(engine_rocksdb_open(f->directory, false, &f->engine, NULL), 0);
	assert_int_equal(kv_get(f->engine.kv, slice_text("a"), &value), -EIO);
	assert_int_equal(value.size, 0);
}

static void rocksdb__gives_eio_for_damage_inside_a_blob_file(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ uint8_t *bytes = calloc(1, 100000);
	_cleanup_free_ char *path = NULL;
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;
	const uint8_t digest[32] = { 7 };

	assert_int_equal(blobs_put(f->engine.blobs, digest, slice_of(bytes, 100000)), 0);
	engine_close(&f->engine);
	path = find_file(f->directory, "", ".blob");
	damage_at(path, 5000, 1);
	assert_int_equal(engine_rocksdb_open(f->directory, false, &f->engine, NULL), 0);
	assert_int_equal(blobs_get(f->engine.blobs, digest, &value), -EIO);
	assert_int_equal(blobs_has(f->engine.blobs, digest), -EIO);
}

/* ---- sync and size ---- */

#define THREADS 8
#define SYNCS_EACH 25

struct syncer {
	struct kv *kv;
	pthread_barrier_t *start;
	unsigned number;
	int code;
};

static void *commit_and_sync(void *context)
{
	struct syncer *self = context;

	pthread_barrier_wait(self->start);
	for (unsigned i = 0; i < SYNCS_EACH && self->code == 0; i++) {
		char key[32];

		snprintf(key, sizeof key, "%u.%u", self->number, i);
		self->code = put(self->kv, key, "x");
		if (self->code == 0)
			self->code = kv_sync(self->kv);
	}
	return NULL;
}

static void sync__is_shared_by_callers_that_meet(void **state)
{
	struct fixture *f = *state;
	struct syncer syncers[THREADS];
	pthread_t threads[THREADS];
	pthread_barrier_t start;
	struct kv_stats before, after;

	kv_stats(f->engine.kv, &before);
	pthread_barrier_init(&start, NULL, THREADS);
	for (unsigned i = 0; i < THREADS; i++) {
		syncers[i] = (struct syncer){ f->engine.kv, &start, i, 0 };
		assert_int_equal(pthread_create(&threads[i], NULL, commit_and_sync, &syncers[i]),
				 0);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(syncers[i].code, 0);
	}
	pthread_barrier_destroy(&start);
	kv_stats(f->engine.kv, &after);
	assert_true(after.syncs - before.syncs >= 1);
	assert_true(after.syncs - before.syncs < THREADS * SYNCS_EACH);
}

static void stats__show_the_bytes_on_disk(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ uint8_t *bytes = malloc(1u << 20);
	struct kv_stats before, after;
	struct blobs_stats stats;
	const uint8_t digest[32] = { 7 };

	assert_non_null(bytes);
	memset(bytes, 3, 1u << 20);
	kv_stats(f->engine.kv, &before);
	assert_true(before.disk_bytes > 0);
	assert_int_equal(blobs_put(f->engine.blobs, digest, slice_of(bytes, 1u << 20)), 0);
	kv_stats(f->engine.kv, &after);
	/* the engine may drop small files of its own between the two */
	assert_true(after.disk_bytes >= 1u << 20);
	reopen(f);
	kv_stats(f->engine.kv, &after);
	assert_true(after.disk_bytes >= 1u << 20);
	blobs_stats(f->engine.blobs, &stats);
	assert_true(stats.disk_bytes >= 1u << 20);
}

static void rocksdb__holds_blobs_once_after_a_close(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ uint8_t *bytes = malloc(1u << 20);
	struct kv_stats stats;

	assert_non_null(bytes);
	memset(bytes, 3, 1u << 20);
	for (uint8_t i = 0; i < 16; i++)
		assert_int_equal(blobs_put(f->engine.blobs, (uint8_t[32]){ i },
					   slice_of(bytes, 1u << 20)),
				 0);
	reopen(f);
	kv_stats(f->engine.kv, &stats);
	assert_in_range(stats.disk_bytes, 16u << 20, 20u << 20);
}

/* ---- this program as another process ---- */

static int do_nothing(struct engine *engine)
{
	(void)engine;
	return 0;
}

static int work_and_die(const char *work, const char *directory)
{
	static const struct {
		const char *name;
		int (*work)(struct engine *engine);
	} works[] = {
		{ "nothing", do_nothing },
		{ "commit_and_put", commit_and_put },
		{ "commit_first_synced", commit_first_synced },
		{ "commit_all_synced", commit_all_synced },
	};
	struct engine engine;
	int code = engine_rocksdb_open(directory, false, &engine, NULL);

	if (code)
		return error_errno(code);
	for (size_t i = 0; i < sizeof works / sizeof works[0]; i++)
		if (strcmp(work, works[i].name) == 0)
			return error_errno(works[i].work(&engine));
	return EINVAL;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(int count, char **arguments)
{
	const struct CMUnitTest tests[] = {
		TEST(rocksdb__keeps_synced_and_unsynced_rows_over_a_close),
		TEST(rocksdb__keeps_blobs_large_and_small_over_a_close),
		TEST(rocksdb__keeps_what_was_committed_when_the_process_dies),
		TEST(rocksdb__drops_a_torn_tail_of_the_log_and_keeps_what_was_synced),
		TEST(rocksdb__drops_a_tail_of_the_log_that_was_half_written),
		TEST(rocksdb__reports_a_log_that_lost_synced_commits),
		cmocka_unit_test(rocksdb__of_a_missing_directory_is_enoent),
		cmocka_unit_test(rocksdb__of_a_directory_without_a_database_is_enoent),
		TEST(rocksdb__does_not_create_over_a_database),
		TEST(rocksdb__is_busy_for_another_process),
		TEST(rocksdb__reports_a_damaged_manifest),
		TEST(rocksdb__reports_a_missing_manifest),
		TEST(rocksdb__reports_a_damaged_current_file),
		TEST(rocksdb__reports_a_missing_current_file),
		TEST(rocksdb__reports_a_cut_table),
		TEST(rocksdb__reports_a_missing_table),
		TEST(rocksdb__reports_a_damaged_end_of_a_table),
		TEST(rocksdb__gives_eio_for_damage_inside_a_table),
		TEST(rocksdb__gives_eio_for_damage_inside_a_blob_file),
		TEST(sync__is_shared_by_callers_that_meet),
		TEST(stats__show_the_bytes_on_disk),
		TEST(rocksdb__holds_blobs_once_after_a_close),
	};

	if (count == 3)
		_exit(work_and_die(arguments[1], arguments[2]));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
