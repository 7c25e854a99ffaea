/*
 * The files that requests are about: opened once for many requests, closed when they are left alone or
 * too many, and looked for anew when they turned out to be stale.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "fs/opened.h"

enum { IDLE_KEPT = 256, ROUNDS = 2000 };

struct fixture {
	struct store *store;
	struct mount *mount;
	struct level *level;
	struct space *space;
};

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	assert_int_equal(store_open_memory("720", &fixture->store), 0);
	assert_int_equal(mount_open(fixture->store, "720", NULL, &fixture->mount), 0);
	assert_int_equal(level_add(fixture->mount->filespace, "L", 0, &fixture->level), 0);
	assert_int_equal(level_space(fixture->level, &fixture->space), 0);
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	level_put(fixture->level);
	mount_close(fixture->mount);
	store_close(fixture->store);
	free(fixture);
	return 0;
}

static uint64_t new_file(struct fixture *fixture, const char *name)
{
	struct new_inode new_inode = { .mode = S_IFREG | 0644 };
	struct inode inode;

	assert_int_equal(space_create(fixture->space, INODE_BUILD, name, &new_inode, 0, &inode), 0);
	return node_id(NODE_TREE, level_id(fixture->level), inode.number);
}

static uint64_t open_files(struct fixture *fixture)
{
	struct trees_stats stats;

	trees_stats(fixture->store->trees, &stats);
	return stats.open_files;
}

static void file__is_opened_once_for_many_requests(void **state)
{
	struct fixture *fixture = *state;
	uint64_t node = new_file(fixture, "a");
	struct opened *first, *second;

	assert_int_equal(opened_get(fixture->mount, node, &first), 0);
	assert_int_equal(opened_get(fixture->mount, node, &second), 0);
	assert_ptr_equal(first, second);
	opened_put(fixture->mount, first, 0);
	opened_put(fixture->mount, second, 0);
	assert_int_equal(open_files(fixture), 1);
	assert_int_equal(opened_get(fixture->mount, node, &second), 0);
	assert_ptr_equal(first, second);
	opened_put(fixture->mount, second, 0);
}

static void file__that_is_left_alone_is_closed_and_stored(void **state)
{
	struct fixture *fixture = *state;
	struct trees_stats stats;
	struct opened *opened;

	assert_int_equal(opened_get(fixture->mount, new_file(fixture, "a"), &opened), 0);
	assert_int_equal(file_write(opened->file, 0, "abc", 3, false), 0);
	opened_tend(fixture->mount, 0); /* somebody uses it */
	assert_int_equal(open_files(fixture), 1);
	opened_put(fixture->mount, opened, 0);
	opened_tend(fixture->mount, 3600); /* just used */
	assert_int_equal(open_files(fixture), 1);
	opened_tend(fixture->mount, 0);
	assert_int_equal(open_files(fixture), 0);
	trees_stats(fixture->store->trees, &stats);
	assert_int_equal(stats.dirty_bytes, 0);
}

static void files__that_nobody_uses_are_a_bounded_number(void **state)
{
	struct fixture *fixture = *state;
	struct opened *opened;
	char name[16];

	for (int i = 0; i < IDLE_KEPT + 50; i++) {
		snprintf(name, sizeof(name), "%d", i);
		assert_int_equal(opened_get(fixture->mount, new_file(fixture, name), &opened), 0);
		opened_put(fixture->mount, opened, 0);
	}
	assert_int_equal(open_files(fixture), IDLE_KEPT);
}

static void file__that_was_stale_is_looked_for_anew(void **state)
{
	struct fixture *fixture = *state;
	uint64_t node = new_file(fixture, "a");
	struct opened *first, *second;

	assert_int_equal(opened_get(fixture->mount, node, &first), 0);
	assert_int_equal(opened_get(fixture->mount, node, &second), 0);
	opened_put(fixture->mount, first, -CSM_STALE);
	assert_int_equal(open_files(fixture), 1);
	assert_int_equal(opened_get(fixture->mount, node, &first), 0);
	assert_ptr_not_equal(first, second);
	opened_put(fixture->mount, second, -CSM_STALE);
	opened_put(fixture->mount, first, 0);
}

static void file__of_a_deleted_level_is_stale(void **state)
{
	struct fixture *fixture = *state;
	uint64_t node = new_file(fixture, "a");
	struct opened *opened;

	assert_int_equal(opened_get(fixture->mount, node, &opened), 0);
	opened_put(fixture->mount, opened, 0);
	assert_int_equal(level_delete(fixture->level, 0, NULL, NULL), 0);
	assert_int_equal(opened_get(fixture->mount, node, &opened), -CSM_STALE);
	assert_int_equal(opened_get(fixture->mount, node, &opened), -CSM_STALE);
}

static void open__of_anything_else_is_refused(void **state)
{
	struct fixture *fixture = *state;
	uint32_t level = level_id(fixture->level);
	struct opened *opened;

	assert_int_equal(opened_get(fixture->mount, node_id(NODE_TREE, level, INODE_BUILD), &opened), -EISDIR);
	assert_int_equal(opened_get(fixture->mount, node_id(NODE_DELTA, level, INODE_BUILD), &opened), -EISDIR);
	assert_int_equal(opened_get(fixture->mount, FIXED_ROOT, &opened), -EINVAL);
	assert_int_equal(opened_get(fixture->mount, node_id(NODE_TREE, level, 4711), &opened), -CSM_STALE);
	assert_int_equal(opened_get(fixture->mount, node_id(NODE_TREE, 77, 4711), &opened), -CSM_STALE);
}

struct user {
	struct fixture *fixture;
	uint64_t nodes[3];
	unsigned seed;
};

static void *use(void *context)
{
	struct user *user = context;
	struct mount *mount = user->fixture->mount;

	for (int i = 0; i < ROUNDS; i++) {
		struct opened *opened;

		user->seed = user->seed * 1103515245 + 12345;
		if (opened_get(mount, user->nodes[(user->seed >> 16) % 3], &opened))
			return user;
		opened_put(mount, opened, (user->seed >> 20) % 5 ? 0 : -CSM_STALE);
	}
	return NULL;
}

static void files__are_used_by_many_threads(void **state)
{
	struct fixture *fixture = *state;
	struct user users[4];
	pthread_t threads[4];
	void *failed;

	for (unsigned i = 0; i < 4; i++) {
		users[i] = (struct user){ .fixture = fixture, .seed = i };
		for (int at = 0; at < 3; at++) {
			char name[2] = { (char)('a' + at), 0 };

			users[i].nodes[at] = i ? users[0].nodes[at] : new_file(fixture, name);
		}
	}
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, use, &users[i]), 0);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(threads[i], &failed), 0);
		assert_null(failed);
	}
	assert_in_range(open_files(fixture), 0, 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(file__is_opened_once_for_many_requests),
		TEST(file__that_is_left_alone_is_closed_and_stored),
		TEST(files__that_nobody_uses_are_a_bounded_number),
		TEST(file__that_was_stale_is_looked_for_anew),
		TEST(file__of_a_deleted_level_is_stale),
		TEST(open__of_anything_else_is_refused),
		TEST(files__are_used_by_many_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
