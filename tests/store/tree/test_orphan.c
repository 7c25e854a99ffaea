/*
 * Files without a name when somebody else has files open: they go when he is asked and has them not,
 * and not before.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/support/content.h"

enum { MANY = 1300 }; /* more than are asked about at once */

static struct content_store store;

struct asked {
	uint64_t in_use; /* the one that is; 0: none */
	size_t times, inodes;
	int err;
};

static struct asked asked;

static int answer(void *context, uint32_t id, const uint64_t *numbers, size_t count,
		  bool *ret_in_use)
{
	struct asked *questions = context;

	assert_int_equal(id, space_id(store.space));
	questions->times++;
	questions->inodes += count;
	for (size_t i = 0; i < count; i++)
		ret_in_use[i] = numbers[i] == questions->in_use;
	return questions->err;
}

static int setup(void **state)
{
	(void)state;
	content_store_open(&store);
	asked = (struct asked){ 0 };
	trees_ask(store.trees, answer, &asked);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	trees_ask(store.trees, NULL, NULL);
	content_store_close(&store);
	return 0;
}

static void write_text(uint64_t number, const char *text)
{
	struct file *file;

	assert_int_equal(file_open(store.space, number, &file), 0);
	assert_int_equal(file_write(file, 0, text, strlen(text), false), 0);
	file_close(file);
}

static void assert_text(uint64_t number, const char *text)
{
	struct file *file;
	char data[64];
	size_t got;

	assert_int_equal(file_open(store.space, number, &file), 0);
	assert_int_equal(file_read(file, 0, data, sizeof(data), &got), 0);
	assert_int_equal(got, strlen(text));
	assert_memory_equal(data, text, got);
	file_close(file);
}

static void assert_gone(uint64_t number)
{
	struct inode inode;

	assert_int_equal(space_inode(store.space, number, &inode), -CSM_STALE);
}

static void orphan__stays_until_somebody_is_asked(void **state)
{
	uint64_t number = content_file(&store, "a");

	(void)state;
	write_text(number, "abc");
	assert_int_equal(space_unlink(store.space, INODE_BUILD, "a"), 0);
	assert_text(number, "abc");
	assert_int_equal(space_purge(store.space), 0);
	assert_gone(number);
	assert_int_equal(asked.inodes, 1);
	while (trees_reap(store.trees) > 0)
		;
	assert_int_equal(content_count_chunks(&store), 0);
	content_check(&store);
}

static void orphan__that_is_in_use_is_written_and_read_on(void **state)
{
	uint64_t number = content_file(&store, "a");

	(void)state;
	asked.in_use = number;
	write_text(number, "abc");
	assert_int_equal(space_unlink(store.space, INODE_BUILD, "a"), 0);
	assert_int_equal(space_purge(store.space), 0);
	write_text(number, "def");
	assert_int_equal(space_purge(store.space), 0);
	assert_text(number, "def");
	asked.in_use = 0;
	assert_int_equal(space_purge(store.space), 0);
	assert_gone(number);
}

static void orphan__is_kept_when_nobody_answers(void **state)
{
	uint64_t number = content_file(&store, "a");

	(void)state;
	asked.err = -EPIPE;
	assert_int_equal(space_unlink(store.space, INODE_BUILD, "a"), 0);
	assert_int_equal(space_purge(store.space), -EPIPE);
	write_text(number, "abc");
	assert_text(number, "abc");
	asked.err = 0;
	assert_int_equal(space_purge(store.space), 0);
	assert_gone(number);
}

static void orphan__with_an_open_struct_file_is_kept(void **state)
{
	uint64_t number = content_file(&store, "a");
	struct file *file;

	(void)state;
	assert_int_equal(file_open(store.space, number, &file), 0);
	assert_int_equal(space_unlink(store.space, INODE_BUILD, "a"), 0);
	assert_int_equal(space_purge(store.space), 0);
	assert_int_equal(file_write(file, 0, "abc", 3, false), 0);
	file_close(file);
	assert_text(number, "abc");
	assert_int_equal(space_purge(store.space), 0);
	assert_gone(number);
}

static void orphan__of_a_frozen_space_goes_when_it_is_thawed(void **state)
{
	uint64_t number = content_file(&store, "a");

	(void)state;
	assert_int_equal(space_unlink(store.space, INODE_BUILD, "a"), 0);
	assert_int_equal(space_freeze(store.space, -EROFS), 0);
	assert_int_equal(space_purge(store.space), 0);
	space_thaw(store.space);
	assert_int_equal(space_purge(store.space), 0);
	assert_gone(number);
}

static void purge__asks_nobody_when_there_is_nothing_to_ask(void **state)
{
	(void)state;
	content_file(&store, "a");
	assert_int_equal(space_purge(store.space), 0); /* after the opening it has to look once */
	assert_int_equal(space_purge(store.space), 0);
	assert_int_equal(asked.times, 0);
}

static void purge__removes_many_in_a_few_questions(void **state)
{
	uint64_t last = 0;
	char name[16];

	(void)state;
	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "%d", i);
		last = content_file(&store, name);
		assert_int_equal(space_unlink(store.space, INODE_BUILD, name), 0);
	}
	asked.in_use = last;
	assert_int_equal(space_purge(store.space), 0);
	assert_int_equal(asked.inodes, MANY);
	assert_in_range(asked.times, 2, 4);
	asked.in_use = 0;
	assert_int_equal(space_purge(store.space), 0);
	assert_int_equal(asked.inodes, MANY + 1);
	assert_gone(last);
	content_check(&store);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(orphan__stays_until_somebody_is_asked),
		TEST(orphan__that_is_in_use_is_written_and_read_on),
		TEST(orphan__is_kept_when_nobody_answers),
		TEST(orphan__with_an_open_struct_file_is_kept),
		TEST(orphan__of_a_frozen_space_goes_when_it_is_thawed),
		TEST(purge__asks_nobody_when_there_is_nothing_to_ask),
		TEST(purge__removes_many_in_a_few_questions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
