/*
 * What is kept of the texts of virtual and control files: the last one of each, for as long as somebody may
 * be reading it, and never more than a bounded amount.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "fs/node.h"
#include "fs/text.h"

enum { TEXTS_KEPT = 64 };

static int setup(void **state)
{
	struct mount *mount = calloc(1, sizeof(*mount));

	assert_non_null(mount);
	assert_int_equal(texts_new(&mount->texts), 0);
	*state = mount;
	return 0;
}

static int teardown(void **state)
{
	struct mount *mount = *state;

	texts_free(mount->texts);
	free(mount);
	return 0;
}

static void keep(struct mount *mount, uint64_t node, const char *text, struct stat *ret_stat)
{
	struct buffer buffer = BUFFER_INIT;

	buffer_text(&buffer, text);
	*ret_stat = (struct stat){ .st_ino = node };
	text_keep(mount, node, &buffer, ret_stat);
	buffer_release(&buffer);
}

static void assert_reads(struct mount *mount, uint64_t node, uint64_t offset, size_t size, const char *text)
{
	struct buffer bytes = BUFFER_INIT;

	assert_int_equal(text_read(mount, node, offset, size, &bytes), 0);
	assert_int_equal(bytes.size, strlen(text));
	if (bytes.size)
		assert_memory_equal(bytes.data, text, bytes.size);
	buffer_release(&bytes);
}

static void assert_unknown(struct mount *mount, uint64_t node)
{
	struct buffer bytes = BUFFER_INIT;
	struct stat stat;

	assert_int_equal(text_read(mount, node, 0, 10, &bytes), -ENOENT);
	assert_false(text_kept(mount, node, &stat));
}

static void text__is_the_last_one_that_was_kept(void **state)
{
	struct stat first, second, kept;

	keep(*state, 17, "first text", &first);
	keep(*state, 18, "another", &second);
	keep(*state, 17, "text", &second);
	assert_int_equal(second.st_size, 4);
	assert_int_equal(second.st_ino, 17);
	assert_true(text_kept(*state, 17, &kept));
	assert_memory_equal(&kept, &second, sizeof(kept));
	assert_reads(*state, 17, 0, 100, "text");
	assert_reads(*state, 17, 1, 2, "ex");
	assert_reads(*state, 17, 4, 1, "");
	assert_reads(*state, 17, 1000, 1, "");
	assert_reads(*state, 18, 0, 100, "another");
}

static void text__that_was_dropped_is_unknown(void **state)
{
	struct stat stat;

	assert_unknown(*state, 17);
	keep(*state, 17, "text", &stat);
	keep(*state, 18, "other", &stat);
	text_drop(*state, 17);
	text_drop(*state, 17);
	assert_unknown(*state, 17);
	assert_reads(*state, 18, 0, 100, "other");
}

static void texts__are_kept_in_a_bounded_number(void **state)
{
	struct stat stat;

	for (uint64_t node = 1; node <= TEXTS_KEPT + 1; node++)
		keep(*state, node, "text", &stat);
	assert_unknown(*state, 1);
	for (uint64_t node = 2; node <= TEXTS_KEPT + 1; node++)
		assert_reads(*state, node, 0, 10, "text");
}

static void texts__are_kept_in_a_bounded_size(void **state)
{
	size_t size = (size_t)12 << 20;
	struct stat stat;

	for (uint64_t node = 1; node <= 3; node++) {
		struct buffer buffer = BUFFER_INIT;

		assert_int_equal(buffer_reserve(&buffer, size), 0);
		memset(buffer.data, 'x', size);
		buffer.size = size;
		text_keep(*state, node, &buffer, &stat);
	}
	assert_unknown(*state, 1);
	assert_true(text_kept(*state, 2, &stat));
	assert_true(text_kept(*state, 3, &stat));
}

static void text__is_of_virtual_and_control_files(void **state)
{
	(void)state;
	assert_true(text_is(node_id(NODE_FIXED, 0, FIXED_VIRTUAL + 1)));
	assert_true(text_is(node_id(NODE_LEVEL, 5, LEVEL_VALUE + 1)));
	assert_false(text_is(node_id(NODE_FIXED, 0, FIXED_ROOT)));
	assert_false(text_is(node_id(NODE_FIXED, 0, FIXED_BACKUP + FIXED_VIRTUAL + 1)));
	assert_false(text_is(node_id(NODE_LEVEL, 5, LEVEL_CONTROL)));
	assert_false(text_is(node_id(NODE_TREE, 5, 100)));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(text__is_the_last_one_that_was_kept),
		TEST(text__that_was_dropped_is_unknown),
		TEST(texts__are_kept_in_a_bounded_number),
		TEST(texts__are_kept_in_a_bounded_size),
		TEST(text__is_of_virtual_and_control_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
