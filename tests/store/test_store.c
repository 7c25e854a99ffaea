/*
 * The front door on a real directory: made whole or not at all, opened once, refused in
 * words (behaviours 1 to 3).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/base/cleanup.h"
#include "store/store.h"

struct place {
	char directory[40];
	char store[48]; /* in directory; not made yet */
};

static int setup(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	assert_non_null(place);
	snprintf(place->directory, sizeof(place->directory), "/tmp/csmfs-store-XXXXXX");
	assert_non_null(mkdtemp(place->directory));
	snprintf(place->store, sizeof(place->store), "%s/s", place->directory);
	*state = place;
	return 0;
}

static int remove_entry(const char *path, const struct stat *stat, int type, struct FTW *ftw)
{
	(void)stat;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int teardown(void **state)
{
	struct place *place = *state;

	assert_int_equal(nftw(place->directory, remove_entry, 16, FTW_DEPTH | FTW_PHYS), 0);
	free(place);
	return 0;
}

static char *path_in(const char *directory, const char *name)
{
	char *path;

	assert_true(asprintf(&path, "%s/%s", directory, name) > 0);
	return path;
}

static void put_file(const char *directory, const char *name, const char *text)
{
	_cleanup_free_ char *path = path_in(directory, name);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static bool exists(const char *directory, const char *name)
{
	_cleanup_free_ char *path = path_in(directory, name);

	return access(path, F_OK) == 0;
}

static struct store *opened(struct place *place)
{
	struct store *store;

	assert_int_equal(store_open(place->store, 1 << 20, &store, NULL), 0);
	return store;
}

/* ---- making ---- */

/* 1 */
static void create__makes_a_store_with_an_empty_base(void **state)
{
	struct place *place = *state;
	struct filespace *filespace;
	struct level *base;
	struct store *store;
	char release[4];
	struct stat key;
	_cleanup_free_ char *key_path = path_in(place->store, "key.pem");

	assert_int_equal(store_create(place->store, "720"), 0);
	store = opened(place);
	assert_int_equal(strlen(store->uuid), 36);
	assert_int_equal(store_only_release(store, release), 0);
	assert_string_equal(release, "720");
	assert_int_equal(filespace_open(store->trees, "720", &filespace), 0);
	assert_int_equal(filespace_level(filespace, "BASE", &base), 0);
	assert_int_equal(level_id(base), LEVEL_ID_FIRST);
	level_put(base);
	filespace_close(filespace);
	store_close(store);
	assert_int_equal(stat(key_path, &key), 0);
	assert_int_equal(key.st_mode & 07777, 0600);
}

static void create__uses_an_empty_directory(void **state)
{
	struct place *place = *state;

	assert_int_equal(mkdir(place->store, 0755), 0);
	assert_int_equal(store_create(place->store, "720"), 0);
	store_close(opened(place));
}

/* The root of a new file system. */
static void create__takes_lost_and_found_for_empty(void **state)
{
	struct place *place = *state;
	_cleanup_free_ char *path = path_in(place->store, "lost+found");

	assert_int_equal(mkdir(place->store, 0755), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(store_create(place->store, "720"), 0);
	store_close(opened(place));
}

static void create__leaves_a_directory_with_something_in_it_alone(void **state)
{
	struct place *place = *state;

	assert_int_equal(mkdir(place->store, 0755), 0);
	put_file(place->store, "precious", "data");
	assert_int_equal(store_create(place->store, "720"), -ENOTEMPTY);
	assert_true(exists(place->store, "precious"));
	assert_false(exists(place->store, "lock"));
	assert_false(exists(place->store, "db"));
}

static void create__a_bad_release_makes_nothing(void **state)
{
	struct place *place = *state;

	assert_int_equal(store_create(place->store, "72"), -CSM_RELEASE_BAD);
	assert_int_equal(access(place->store, F_OK), -1);
}

static void create__below_nothing_fails_in_words_of_the_system(void **state)
{
	struct place *place = *state;
	_cleanup_free_ char *path = path_in(place->store, "deeper");

	assert_int_equal(store_create(path, "720"), -ENOENT);
}

/* 3 */
static void create__adds_another_release_and_refuses_the_same(void **state)
{
	struct place *place = *state;
	struct store *store;
	char release[4];

	assert_int_equal(store_create(place->store, "720"), 0);
	assert_int_equal(store_create(place->store, "720"), -CSM_RELEASE_EXISTS);
	assert_int_equal(store_create(place->store, "730"), 0);
	store = opened(place);
	assert_int_equal(store_only_release(store, release), -CSM_RELEASE_NEEDED);
	store_close(store);
}

static void create__does_not_touch_a_store_that_is_open(void **state)
{
	struct place *place = *state;
	struct store *store;

	assert_int_equal(store_create(place->store, "720"), 0);
	store = opened(place);
	assert_int_equal(store_create(place->store, "730"), -CSM_STORE_BUSY);
	store_close(store);
	assert_int_equal(store_create(place->store, "730"), 0);
}

/* As a crash leaves it: everything but the superblock. */
static void create__a_half_made_store_is_no_store(void **state)
{
	struct place *place = *state;
	_cleanup_free_ char *path = path_in(place->store, "csmfs.store");
	struct store *store;

	assert_int_equal(store_create(place->store, "720"), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(store_open(place->store, 0, &store, NULL), -CSM_STORE_MISSING);
	assert_int_equal(store_create(place->store, "720"), -ENOTEMPTY);
	assert_true(exists(place->store, "key.pem"));
}

/* With so few descriptors that making stops at the key, in the database, at the superblock. */
static int create_with_descriptors(const char *path, rlim_t count)
{
	struct rlimit former, few;
	int err;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &former), 0);
	few = former;
	few.rlim_cur = count;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	err = store_create(path, "720");
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &former), 0);
	return err;
}

static void create__that_fails_anywhere_leaves_nothing(void **state)
{
	struct place *place = *state;
	int failures = 0;

	for (rlim_t count = 4; create_with_descriptors(place->store, count) != 0; count++) {
		failures++;
		assert_true(count < 100);
		assert_int_equal(access(place->store, F_OK), -1);
	}
	assert_true(failures > 3);
	store_close(opened(place));
}

static void create__that_fails_keeps_the_directory_it_found(void **state)
{
	struct place *place = *state;

	assert_int_equal(mkdir(place->store, 0755), 0);
	assert_true(create_with_descriptors(place->store, 9) < 0);
	assert_int_equal(rmdir(place->store), 0); /* there and empty */
}

/* ---- opening ---- */

static void open__finds_what_was_there(void **state)
{
	struct place *place = *state;
	struct filespace *filespace;
	struct level *level;
	struct store *store;
	char uuid[37];

	assert_int_equal(store_create(place->store, "720"), 0);
	store = opened(place);
	memcpy(uuid, store->uuid, sizeof(uuid));
	assert_int_equal(filespace_open(store->trees, "720", &filespace), 0);
	assert_int_equal(level_add(filespace, "L1", 0, &level), 0);
	level_put(level);
	filespace_close(filespace);
	store_close(store);
	store = opened(place);
	assert_string_equal(store->uuid, uuid);
	assert_int_equal(filespace_open(store->trees, "720", &filespace), 0);
	assert_int_equal(filespace_level(filespace, "L1", &level), 0);
	level_put(level);
	filespace_close(filespace);
	store_close(store);
}

static void assert_refused(struct place *place, int code, const char *words)
{
	_cleanup_free_ char *message = NULL;
	struct store *store;

	assert_int_equal(store_open(place->store, 0, &store, &message), code);
	assert_non_null(message);
	assert_null(strchr(message, '\n'));
	assert_non_null(strstr(message, place->store));
	assert_non_null(strstr(message, words));
}

static void open__a_missing_store_is_refused_in_words(void **state)
{
	struct place *place = *state;

	assert_refused(place, -CSM_STORE_MISSING, "mkfs.csmfs");
	assert_int_equal(mkdir(place->store, 0755), 0);
	assert_refused(place, -CSM_STORE_MISSING, "mkfs.csmfs");
}

static void open__twice_is_refused_until_the_first_closes(void **state)
{
	struct place *place = *state;
	struct store *store;

	assert_int_equal(store_create(place->store, "720"), 0);
	store = opened(place);
	assert_refused(place, -CSM_STORE_BUSY, "another process");
	store_close(store);
	store_close(opened(place));
}

static void open__a_newer_store_names_both_formats(void **state)
{
	struct place *place = *state;

	assert_int_equal(store_create(place->store, "720"), 0);
	put_file(place->store, "csmfs.store", "csmfs store\nformat 7\nnobody knows\n");
	assert_refused(place, -CSM_STORE_NEWER, "format 7");
	assert_refused(place, -CSM_STORE_NEWER, "format 1");
	assert_int_equal(store_create(place->store, "730"), -CSM_STORE_NEWER);
}

static void open__a_damaged_superblock_is_refused(void **state)
{
	struct place *place = *state;

	assert_int_equal(store_create(place->store, "720"), 0);
	put_file(place->store, "csmfs.store", "garbage");
	assert_refused(place, -CSM_STORE_DAMAGED, "fsck.csmfs");
}

static void open__a_store_without_its_database_or_key_is_damaged(void **state)
{
	struct place *place = *state;
	_cleanup_free_ char *db = path_in(place->store, "db"),
			    *away = path_in(place->store, "away");
	_cleanup_free_ char *key = path_in(place->store, "key.pem");

	assert_int_equal(store_create(place->store, "720"), 0);
	assert_int_equal(rename(db, away), 0);
	assert_refused(place, -CSM_STORE_DAMAGED, "damaged");
	assert_int_equal(rename(away, db), 0);
	store_close(opened(place));
	put_file(place->store, "key.pem", "no key");
	assert_refused(place, -CSM_STORE_DAMAGED, "damaged");
	assert_int_equal(unlink(key), 0);
	assert_refused(place, -CSM_STORE_DAMAGED, "damaged");
}

static void memory__has_one_release_and_a_key(void **state)
{
	struct buffer pem = BUFFER_INIT;
	struct filespace *filespace;
	struct store *store;
	char release[4];

	(void)state;
	assert_int_equal(store_open_memory("720", &store), 0);
	assert_int_equal(store_only_release(store, release), 0);
	assert_string_equal(release, "720");
	assert_int_equal(sign_key_public(store->key, &pem), 0);
	buffer_release(&pem);
	assert_int_equal(filespace_open(store->trees, "720", &filespace), 0);
	filespace_close(filespace);
	store_close(store);
	assert_int_equal(store_open_memory("x", &store), -CSM_RELEASE_BAD);
}

#define WITH_PLACE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_PLACE(create__makes_a_store_with_an_empty_base),
		WITH_PLACE(create__uses_an_empty_directory),
		WITH_PLACE(create__takes_lost_and_found_for_empty),
		WITH_PLACE(create__leaves_a_directory_with_something_in_it_alone),
		WITH_PLACE(create__a_bad_release_makes_nothing),
		WITH_PLACE(create__below_nothing_fails_in_words_of_the_system),
		WITH_PLACE(create__adds_another_release_and_refuses_the_same),
		WITH_PLACE(create__does_not_touch_a_store_that_is_open),
		WITH_PLACE(create__a_half_made_store_is_no_store),
		WITH_PLACE(create__that_fails_anywhere_leaves_nothing),
		WITH_PLACE(create__that_fails_keeps_the_directory_it_found),
		WITH_PLACE(open__finds_what_was_there),
		WITH_PLACE(open__a_missing_store_is_refused_in_words),
		WITH_PLACE(open__twice_is_refused_until_the_first_closes),
		WITH_PLACE(open__a_newer_store_names_both_formats),
		WITH_PLACE(open__a_damaged_superblock_is_refused),
		WITH_PLACE(open__a_store_without_its_database_or_key_is_damaged),
		cmocka_unit_test(memory__has_one_release_and_a_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
