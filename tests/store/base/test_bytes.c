/*
 * Integers as bytes, and the reader that must not run past its end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/base/bytes.h"

static void bytes__big_endian_puts_the_highest_byte_first(void **state)
{
	static const uint8_t want[8] = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef };
	uint8_t bytes[8];

	(void)state;
	put_be64(bytes, 0x0123456789abcdefu);
	assert_memory_equal(bytes, want, 8);
	assert_true(get_be64(bytes) == 0x0123456789abcdefu);
	assert_int_equal(get_be32(want), 0x01234567);
}

static void bytes__little_endian_puts_the_lowest_byte_first(void **state)
{
	static const uint8_t want[8] = { 0xef, 0xcd, 0xab, 0x89, 0x67, 0x45, 0x23, 0x01 };
	uint8_t bytes[8];

	(void)state;
	put_le64(bytes, 0x0123456789abcdefu);
	assert_memory_equal(bytes, want, 8);
	assert_true(get_le64(bytes) == 0x0123456789abcdefu);
	assert_true(get_le32(want) == 0x89abcdefu);
}

static void bytes__big_endian_keys_are_ordered_as_numbers(void **state)
{
	static const uint32_t numbers[] = { 0,     1,          255,        256,       65535,
					    65536, 0x7fffffff, 0x80000000, UINT32_MAX };
	uint8_t before[4], after[4];

	(void)state;
	for (size_t i = 1; i < sizeof numbers / sizeof numbers[0]; i++) {
		put_be32(before, numbers[i - 1]);
		put_be32(after, numbers[i]);
		assert_true(memcmp(before, after, 4) < 0);
	}
}

static void reader__gives_the_values_in_order_and_is_done(void **state)
{
	static const uint8_t bytes[] = { 7, 1, 2, 1, 2, 3, 4, 1, 2, 3, 4, 5, 6, 7, 8, 'x', 'y' };
	struct reader reader = reader_of(slice_of(bytes, sizeof bytes));

	(void)state;
	assert_int_equal(reader_u8(&reader), 7);
	assert_int_equal(reader_le16(&reader), 0x0201);
	assert_int_equal(reader_le32(&reader), 0x04030201);
	assert_true(reader_le64(&reader) == 0x0807060504030201u);
	assert_false(reader_done(&reader));
	assert_memory_equal(reader_take(&reader, 2), "xy", 2);
	assert_true(reader_done(&reader));
}

static void reader__turns_bad_instead_of_reading_past_its_end(void **state)
{
	static const uint8_t bytes[] = { 1, 2, 3 };
	struct reader reader = reader_of(slice_of(bytes, sizeof bytes));

	(void)state;
	assert_int_equal(reader_le32(&reader), 0);
	assert_true(reader.bad);
	assert_false(reader_done(&reader));
}

static void reader__stays_bad_although_bytes_are_left(void **state)
{
	static const uint8_t bytes[] = { 1, 2, 3 };
	struct reader reader = reader_of(slice_of(bytes, sizeof bytes));

	(void)state;
	assert_null(reader_take(&reader, 4));
	assert_null(reader_take(&reader, 1));
	assert_int_equal(reader_u8(&reader), 0);
}

static void reader__refuses_a_size_near_the_end_of_the_address_space(void **state)
{
	static const uint8_t bytes[] = { 1, 2, 3 };
	struct reader reader = reader_of(slice_of(bytes, sizeof bytes));

	(void)state;
	assert_null(reader_take(&reader, SIZE_MAX));
	assert_true(reader.bad);
}

static void reader__of_nothing_is_done_at_once(void **state)
{
	struct reader reader = reader_of(slice_of(NULL, 0));

	(void)state;
	assert_true(reader_done(&reader));
	assert_int_equal(reader_u8(&reader), 0);
	assert_false(reader_done(&reader));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes__big_endian_puts_the_highest_byte_first),
		cmocka_unit_test(bytes__little_endian_puts_the_lowest_byte_first),
		cmocka_unit_test(bytes__big_endian_keys_are_ordered_as_numbers),
		cmocka_unit_test(reader__gives_the_values_in_order_and_is_done),
		cmocka_unit_test(reader__turns_bad_instead_of_reading_past_its_end),
		cmocka_unit_test(reader__stays_bad_although_bytes_are_left),
		cmocka_unit_test(reader__refuses_a_size_near_the_end_of_the_address_space),
		cmocka_unit_test(reader__of_nothing_is_done_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
