/*
 * The number of the last commit on disk, and a file that says nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/base/cleanup.h"
#include "store/engine/watermark.h"
#include "tests/support/scratch.h"

/* docs/format.md "Watermark": sequence 258. */
static const uint8_t of_258[16] = { 2,    1,    0,    0,    0,    0,    0,    0,
				    0xfd, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

static int setup(void **state)
{
	*state = scratch_new();
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	scratch_remove(*state);
	return 0;
}

static uint64_t sequence_in(const char *directory)
{
	struct watermark mark = WATERMARK_INIT;
	uint64_t sequence = 7;

	assert_int_equal(watermark_open(&mark, directory, &sequence), 0);
	watermark_close(&mark);
	return sequence;
}

static void write_file(const char *directory, const void *bytes, size_t size)
{
	_cleanup_free_ char *path = NULL;
	int fd;

	assert_true(asprintf(&path, "%s/" WATERMARK_FILE, directory) > 0);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, size), size);
	close(fd);
}

static void watermark__of_a_new_directory_says_nothing(void **state)
{
	assert_int_equal(sequence_in(*state), 0);
}

static void watermark__keeps_the_last_number(void **state)
{
	struct watermark mark = WATERMARK_INIT;
	uint64_t sequence;

	assert_int_equal(watermark_open(&mark, *state, &sequence), 0);
	watermark_raise(&mark, 5);
	watermark_raise(&mark, 0x123456789abcu);
	watermark_close(&mark);
	assert_true(sequence_in(*state) == 0x123456789abcu);
}

static void watermark__writes_the_bytes_of_the_page(void **state)
{
	struct watermark mark = WATERMARK_INIT;
	_cleanup_free_ char *path = NULL;
	uint8_t bytes[32];
	uint64_t sequence;
	FILE *file;

	assert_int_equal(watermark_open(&mark, *state, &sequence), 0);
	watermark_raise(&mark, 258);
	watermark_close(&mark);
	assert_true(asprintf(&path, "%s/" WATERMARK_FILE, (const char *)*state) > 0);
	file = fopen(path, "r");
	assert_non_null(file);
	assert_int_equal(fread(bytes, 1, sizeof bytes, file), sizeof of_258);
	fclose(file);
	assert_memory_equal(bytes, of_258, sizeof of_258);
}

static void watermark__that_is_cut_or_torn_says_nothing(void **state)
{
	uint8_t torn[16];

	write_file(*state, of_258, 9);
	assert_int_equal(sequence_in(*state), 0);
	for (size_t i = 0; i < sizeof torn; i++) {
		memcpy(torn, of_258, sizeof torn);
		torn[i] ^= 4;
		write_file(*state, torn, sizeof torn);
		assert_int_equal(sequence_in(*state), 0);
	}
	write_file(*state, of_258, sizeof of_258);
	assert_int_equal(sequence_in(*state), 258);
}

static void watermark__of_a_missing_directory_is_enoent(void **state)
{
	struct watermark mark = WATERMARK_INIT;
	uint64_t sequence;

	(void)state;
	assert_int_equal(watermark_open(&mark, "/nonexistent/db", &sequence), -ENOENT);
	watermark_close(&mark);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(watermark__of_a_new_directory_says_nothing),
		TEST(watermark__keeps_the_last_number),
		TEST(watermark__writes_the_bytes_of_the_page),
		TEST(watermark__that_is_cut_or_torn_says_nothing),
		cmocka_unit_test(watermark__of_a_missing_directory_is_enoent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
