/*
 * Backups of a store on disk: whole, of one moment, refused in words, and gone when dropped.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/base/cleanup.h"
#include "store/store.h"
#include "store/upkeep/verify.h"
#include "tests/support/scratch.h"
#include "tests/support/tree_fixture.h"

enum { CACHE = 1 << 20, UID = 1000, ROUNDS = 6, BYTES = 200000 };

struct opened {
	struct store *store;
	struct filespace *filespace;
	struct space *base;
};

struct fixture {
	char *directory;
	char path[300]; /* the store */
	struct opened opened;
	uint64_t component;
};

static struct opened open_at(const char *path)
{
	struct opened opened;
	struct level *level;

	assert_int_equal(store_open(path, CACHE, &opened.store, NULL), 0);
	assert_int_equal(filespace_open(opened.store->trees, "720", &opened.filespace), 0);
	assert_int_equal(filespace_level(opened.filespace, "BASE", &level), 0);
	assert_int_equal(level_space(level, &opened.base), 0);
	level_put(level);
	return opened;
}

static void close_it(struct opened *opened)
{
	filespace_close(opened->filespace);
	store_close(opened->store);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->directory = scratch_new();
	assert_non_null(f->directory);
	snprintf(f->path, sizeof(f->path), "%s/store", f->directory);
	assert_int_equal(store_create(f->path, "720"), 0);
	f->opened = open_at(f->path);
	f->component = fixture_mkdir(f->opened.base, INODE_BUILD, "CP");
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	close_it(&f->opened);
	scratch_remove(f->directory);
	free(f);
	return 0;
}

static char *path_in(struct fixture *f, const char *format, const char *name)
{
	char *path, *below;

	assert_true(asprintf(&below, format, name) > 0);
	assert_true(asprintf(&path, "%s/%s", f->path, below) > 0);
	free(below);
	return path;
}

static bool exists(struct fixture *f, const char *name)
{
	_cleanup_free_ char *path = path_in(f, "%s", name);

	return access(path, F_OK) == 0;
}

static int add(struct fixture *f, const char *name)
{
	return backup_add(f->opened.store, f->opened.filespace, name, UID);
}

static int count_name(void *context, const char *name, const struct timespec *made)
{
	(void)name;
	(void)made;
	(*(unsigned *)context)++;
	return 0;
}

static unsigned count(struct fixture *f)
{
	unsigned names = 0;

	assert_int_equal(backups_each(f->opened.store, count_name, &names), 0);
	return names;
}

static void print_problem(void *context, const char *object, const char *what, int code)
{
	(void)context;
	print_message("%s: %s (%d)\n", object, what, code);
}

static void assert_clean(struct store *store)
{
	const struct verify_options options = { .read_chunks = true };
	const struct verify_report report = { .found = print_problem };
	struct verify_counts counts;

	assert_int_equal(store_verify(store, &options, &report, &counts), 0);
	assert_int_equal(counts.problems, 0);
}

static struct opened open_backup(struct fixture *f, const char *name)
{
	_cleanup_free_ char *path = path_in(f, "backups/%s", name);

	return open_at(path);
}

/* ---- making ---- */

static void add__makes_a_store_with_what_was_there(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *bytes = NULL;
	struct opened copy;
	uint64_t number = fixture_file(f->opened.base, f->component, "part", "one");

	assert_int_equal(add(f, "FIRST"), 0);
	fixture_write(f->opened.base, number, 0, "two", 3);
	fixture_file(f->opened.base, f->component, "later", "text");
	copy = open_backup(f, "FIRST");
	assert_string_equal(copy.store->uuid, f->opened.store->uuid);
	assert_int_equal(fixture_path(copy.base, "CP/part"), number);
	assert_int_equal(fixture_path(copy.base, "CP/later"), 0);
	bytes = fixture_read(copy.base, number);
	assert_string_equal(bytes, "one");
	assert_clean(copy.store);
	close_it(&copy);
}

static void add__stores_what_is_gathered_in_open_files_first(void **state)
{
	struct fixture *f = *state;
	uint64_t number = fixture_file(f->opened.base, f->component, "part", "");
	_cleanup_free_ char *bytes = NULL;
	struct opened copy;
	struct file *file;

	assert_int_equal(file_open(f->opened.base, number, &file), 0);
	assert_int_equal(file_write(file, 0, "gathered", 8, false), 0);
	assert_int_equal(add(f, "FIRST"), 0);
	file_close(file);
	copy = open_backup(f, "FIRST");
	bytes = fixture_read(copy.base, number);
	assert_string_equal(bytes, "gathered");
	close_it(&copy);
}

static void add__copies_the_key_for_its_owner_only(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *key = path_in(f, "%s", "backups/K/key.pem");
	_cleanup_free_ char *top = path_in(f, "%s", "backups");
	struct stat st;

	assert_int_equal(add(f, "K"), 0);
	assert_int_equal(stat(key, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(stat(top, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
}

static void add__refuses_names_and_leaves_nothing(void **state)
{
	static const char *const bad[] = { "", ".new", "-x", "a b", "a/b", "..",
					   "X123456789X123456789X123456789X123456789X123456789X12345678901234" };
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(add(f, bad[i]), -CSM_NAME_BAD);
	assert_int_equal(count(f), 0);
	assert_int_equal(add(f, "Monday"), 0);
	assert_int_equal(add(f, "Monday"), -CSM_BACKUP_EXISTS);
	assert_int_equal(add(f, "MONDAY"), -CSM_BACKUP_EXISTS);
	assert_int_equal(count(f), 1);
	assert_false(exists(f, "backups/.new"));
}

static void add__of_a_store_in_memory_is_refused(void **state)
{
	struct filespace *filespace;
	struct timespec made;
	struct store *store;

	(void)state;
	assert_int_equal(store_open_memory("720", &store), 0);
	assert_int_equal(filespace_open(store->trees, "720", &filespace), 0);
	assert_int_equal(backup_add(store, filespace, "X", UID), -EOPNOTSUPP);
	assert_int_equal(backup_find(store, "X", &made), -ENOENT);
	assert_int_equal(backups_clean(store), 0);
	filespace_close(filespace);
	store_close(store);
}

static void operations__are_a_line_of_the_log_each(void **state)
{
	struct fixture *f = *state;
	_cleanup_(cleanup_buffer) struct buffer text = BUFFER_INIT;

	assert_int_equal(add(f, "ONE"), 0);
	assert_int_equal(add(f, "one"), -CSM_BACKUP_EXISTS);
	assert_int_equal(backup_delete(f->opened.store, f->opened.filespace, "ONE", UID), 0);
	assert_int_equal(oplog_text(filespace_oplog(f->opened.filespace), &text), 0);
	buffer_u8(&text, 0);
	assert_non_null(strstr((char *)text.data, "uid=1000 backup .csmfs/backups/ONE ok\n"));
	assert_non_null(strstr((char *)text.data,
			       "uid=1000 backup .csmfs/backups/one refused BACKUP_EXISTS: "));
	assert_non_null(strstr((char *)text.data, "uid=1000 dropbackup .csmfs/backups/ONE ok\n"));
}

/* ---- files that are shared ---- */

static void add__shares_the_files_that_did_not_change(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *bytes = malloc(BYTES);
	_cleanup_free_ char *first = NULL;
	uint64_t random = 1;
	unsigned shared = 0;
	struct dirent *entry;
	DIR *dir;

	assert_non_null(bytes);
	for (size_t i = 0; i < BYTES; i++) {
		random = random * 6364136223846793005ULL + 1442695040888963407ULL;
		bytes[i] = (char)(random >> 56);
	}
	fixture_write(f->opened.base, fixture_file(f->opened.base, f->component, "part", ""), 0, bytes,
		      BYTES);
	assert_int_equal(add(f, "FIRST"), 0);
	fixture_file(f->opened.base, f->component, "small", "text");
	assert_int_equal(add(f, "SECOND"), 0);
	first = path_in(f, "%s", "backups/FIRST/db");
	dir = opendir(first);
	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		_cleanup_free_ char *second = path_in(f, "backups/SECOND/db/%s", entry->d_name);
		struct stat a, b;

		if (!strstr(entry->d_name, ".blob"))
			continue;
		assert_int_equal(fstatat(dirfd(dir), entry->d_name, &a, 0), 0);
		assert_int_equal(stat(second, &b), 0);
		assert_int_equal(a.st_ino, b.st_ino);
		shared++;
	}
	closedir(dir);
	assert_true(shared > 0);
}

/* ---- dropping ---- */

static void delete__removes_a_backup_and_no_other(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(backup_delete(f->opened.store, f->opened.filespace, "ONE", UID), -ENOENT);
	assert_int_equal(add(f, "ONE"), 0);
	assert_int_equal(add(f, "TWO"), 0);
	assert_int_equal(backup_delete(f->opened.store, f->opened.filespace, "ONE", UID), 0);
	assert_int_equal(backup_delete(f->opened.store, f->opened.filespace, "ONE", UID), -ENOENT);
	assert_false(exists(f, "backups/ONE"));
	assert_false(exists(f, "backups/.old"));
	assert_true(exists(f, "backups/TWO/csmfs.store"));
	assert_clean(f->opened.store);
}

static void delete__refuses_a_backup_that_is_open(void **state)
{
	struct fixture *f = *state;
	struct opened copy;

	assert_int_equal(add(f, "ONE"), 0);
	copy = open_backup(f, "ONE");
	assert_int_equal(backup_delete(f->opened.store, f->opened.filespace, "ONE", UID),
			 -CSM_BACKUP_BUSY);
	close_it(&copy);
	assert_int_equal(backup_delete(f->opened.store, f->opened.filespace, "ONE", UID), 0);
}

/* ---- what a crash leaves ---- */

static void clean__removes_what_was_being_made_or_dropped(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *new = path_in(f, "%s", "backups/.new");
	_cleanup_free_ char *old = path_in(f, "%s", "backups/.old");
	_cleanup_free_ char *one = path_in(f, "%s", "backups/ONE");
	_cleanup_free_ char *two = path_in(f, "%s", "backups/TWO");
	_cleanup_free_ char *unfinished = path_in(f, "%s", "backups/.new/db.tmp");
	_cleanup_free_ char *database = path_in(f, "%s", "backups/.new/db");
	struct timespec made;

	assert_int_equal(add(f, "ONE"), 0);
	assert_int_equal(add(f, "TWO"), 0);
	assert_int_equal(add(f, "KEPT"), 0);
	assert_int_equal(rename(one, new), 0);
	assert_int_equal(rename(two, old), 0);
	assert_int_equal(rename(database, unfinished), 0);
	assert_int_equal(count(f), 1);
	assert_int_equal(backup_find(f->opened.store, ".new", &made), -ENOENT);
	assert_int_equal(backups_clean(f->opened.store), 0);
	assert_false(exists(f, "backups/.new"));
	assert_false(exists(f, "backups/.old"));
	assert_int_equal(backup_find(f->opened.store, "KEPT", &made), 0);
}

static void each__does_not_show_a_directory_without_a_superblock(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *path = path_in(f, "%s", "backups/OTHER");

	assert_int_equal(add(f, "ONE"), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(count(f), 1);
	assert_int_equal(add(f, "other"), -CSM_BACKUP_EXISTS);
}

/* ---- beside writers and the collector ---- */

struct load {
	struct fixture *f;
	atomic_bool stop;
	atomic_uint written; /* the number that both files have */
	uint64_t first, second;
};

/* The second file never has a number that the first has not had; garbage is left behind. */
static void *write_numbers(void *context)
{
	struct load *load = context;
	struct space *base = load->f->opened.base;
	char text[16];

	for (unsigned i = 1; !atomic_load(&load->stop); i++) {
		snprintf(text, sizeof(text), "%08u", i);
		fixture_write(base, load->first, 0, text, 8);
		fixture_write(base, load->second, 0, text, 8);
		fixture_file(base, load->f->component, text, text);
		assert_int_equal(space_unlink(base, load->f->component, text), 0);
		atomic_store(&load->written, i);
	}
	return NULL;
}

static void *tend(void *context)
{
	struct load *load = context;

	while (!atomic_load(&load->stop)) {
		filespace_tend(load->f->opened.filespace);
		sched_yield();
	}
	return NULL;
}

static unsigned number_in(struct space *space, uint64_t number)
{
	_cleanup_free_ char *text = fixture_read(space, number);

	return (unsigned)strtoul(text, NULL, 10);
}

static void add__shows_one_moment_beside_writers_and_the_collector(void **state)
{
	struct fixture *f = *state;
	struct load load = { .f = f };
	pthread_t writer, upkeep;

	load.first = fixture_file(f->opened.base, f->component, "first", "00000000");
	load.second = fixture_file(f->opened.base, f->component, "second", "00000000");
	assert_int_equal(pthread_create(&writer, NULL, write_numbers, &load), 0);
	assert_int_equal(pthread_create(&upkeep, NULL, tend, &load), 0);
	for (unsigned i = 0; i < ROUNDS; i++) {
		unsigned before, after, first, second;
		struct opened copy;
		char name[8];

		while (atomic_load(&load.written) < i * 50)
			sched_yield();
		snprintf(name, sizeof(name), "B%u", i);
		before = atomic_load(&load.written);
		assert_int_equal(add(f, name), 0);
		after = atomic_load(&load.written);
		copy = open_backup(f, name);
		first = number_in(copy.base, load.first);
		second = number_in(copy.base, load.second);
		assert_in_range(second, before, after + 1);
		assert_in_range(first, second, second + 1);
		assert_clean(copy.store);
		close_it(&copy);
	}
	atomic_store(&load.stop, true);
	pthread_join(writer, NULL);
	pthread_join(upkeep, NULL);
	assert_int_equal(count(f), ROUNDS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define BACKUP_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		BACKUP_TEST(add__makes_a_store_with_what_was_there),
		BACKUP_TEST(add__stores_what_is_gathered_in_open_files_first),
		BACKUP_TEST(add__copies_the_key_for_its_owner_only),
		BACKUP_TEST(add__refuses_names_and_leaves_nothing),
		cmocka_unit_test(add__of_a_store_in_memory_is_refused),
		BACKUP_TEST(operations__are_a_line_of_the_log_each),
		BACKUP_TEST(add__shares_the_files_that_did_not_change),
		BACKUP_TEST(delete__removes_a_backup_and_no_other),
		BACKUP_TEST(delete__refuses_a_backup_that_is_open),
		BACKUP_TEST(clean__removes_what_was_being_made_or_dropped),
		BACKUP_TEST(each__does_not_show_a_directory_without_a_superblock),
		BACKUP_TEST(add__shows_one_moment_beside_writers_and_the_collector),
	};

	return cmocka_run_group_tests_name("backup", tests, NULL, NULL);
}
