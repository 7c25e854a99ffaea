/*
 * Growable bytes, and what is left of them when there is no memory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>

#include "store/base/buffer.h"

static void buffer__appends_each_kind_of_value_in_its_shape(void **state)
{
	static const uint8_t want[] = { 0x11,                                           /* u8 */
					0x22, 0x11,                                     /* le16 */
					0x44, 0x33, 0x22, 0x11,                         /* le32 */
					0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11, /* le64 */
					0x11, 0x22, 0x33, 0x44,                         /* be32 */
					0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, /* be64 */
					'a',  'b',  'c' };
	struct buffer b = BUFFER_INIT;

	(void)state;
	buffer_u8(&b, 0x11);
	buffer_le16(&b, 0x1122);
	buffer_le32(&b, 0x11223344);
	buffer_le64(&b, 0x1122334455667788u);
	buffer_be32(&b, 0x11223344);
	buffer_be64(&b, 0x1122334455667788u);
	buffer_text(&b, "abc");
	assert_int_equal(b.size, sizeof want);
	assert_memory_equal(b.data, want, sizeof want);
	buffer_release(&b);
}

static void buffer__grows_and_keeps_what_it_had(void **state)
{
	struct buffer b = BUFFER_INIT;

	(void)state;
	for (uint32_t i = 0; i < 10000; i++)
		buffer_le32(&b, i);
	assert_false(buffer_failed(&b));
	assert_int_equal(b.size, 40000);
	for (uint32_t i = 0; i < 10000; i++)
		assert_int_equal(get_le32(b.data + 4 * i), i);
	buffer_release(&b);
}

static void buffer__appends_nothing_from_nowhere(void **state)
{
	struct buffer b = BUFFER_INIT;

	(void)state;
	buffer_add(&b, NULL, 0);
	assert_int_equal(b.size, 0);
	assert_false(buffer_failed(&b));
	buffer_release(&b);
}

static void buffer__prints_without_the_final_nul(void **state)
{
	struct buffer b = BUFFER_INIT;

	(void)state;
	buffer_text(&b, "size ");
	buffer_printf(&b, "%d of %s", 12, "twenty");
	assert_int_equal(b.size, 17);
	assert_memory_equal(b.data, "size 12 of twenty", 17);
	buffer_release(&b);
}

static void buffer__prints_more_than_it_has_room_for(void **state)
{
	struct buffer b = BUFFER_INIT;

	(void)state;
	buffer_printf(&b, "%05000d", 7);
	assert_int_equal(b.size, 5000);
	assert_int_equal(b.data[4999], '7');
	buffer_release(&b);
}

static void buffer__set_replaces_the_content(void **state)
{
	struct buffer b = BUFFER_INIT;

	(void)state;
	buffer_text(&b, "a longer text");
	assert_int_equal(buffer_set(&b, "new", 3), 0);
	assert_int_equal(b.size, 3);
	assert_memory_equal(b.data, "new", 3);
	buffer_release(&b);
}

static void buffer__clear_keeps_the_memory(void **state)
{
	struct buffer b = BUFFER_INIT;
	uint8_t *data;

	(void)state;
	buffer_text(&b, "some text");
	data = b.data;
	buffer_clear(&b);
	assert_int_equal(b.size, 0);
	buffer_text(&b, "other");
	assert_ptr_equal(b.data, data);
	buffer_release(&b);
}

static void buffer__detached_text_is_terminated_and_leaves_the_buffer_empty(void **state)
{
	struct buffer b = BUFFER_INIT;
	char *text;

	(void)state;
	buffer_text(&b, "hello");
	text = buffer_detach_text(&b);
	assert_string_equal(text, "hello");
	assert_null(b.data);
	assert_int_equal(b.size, 0);
	free(text);
}

static void buffer__detached_text_of_nothing_is_an_empty_text(void **state)
{
	struct buffer b = BUFFER_INIT;
	char *text = buffer_detach_text(&b);

	(void)state;
	assert_string_equal(text, "");
	free(text);
}

static void buffer__is_failed_when_there_is_no_memory_and_stays_a_prefix(void **state)
{
	struct buffer b = BUFFER_INIT;

	(void)state;
	buffer_text(&b, "kept");
	assert_int_equal(buffer_reserve(&b, SIZE_MAX - 1), -ENOMEM);
	assert_false(buffer_failed(&b));
	buffer_add(&b, "dropped", SIZE_MAX - 100);
	assert_true(buffer_failed(&b));
	buffer_text(&b, "dropped too");
	assert_int_equal(b.size, 4);
	assert_memory_equal(b.data, "kept", 4);
	assert_null(buffer_detach_text(&b));
	assert_false(buffer_failed(&b));
}

static void buffer__clear_makes_a_failed_buffer_usable(void **state)
{
	struct buffer b = BUFFER_INIT;

	(void)state;
	buffer_add(&b, "x", SIZE_MAX - 100);
	assert_true(buffer_failed(&b));
	buffer_clear(&b);
	buffer_text(&b, "again");
	assert_false(buffer_failed(&b));
	assert_int_equal(b.size, 5);
	buffer_release(&b);
}

static void buffer__release_is_legal_twice(void **state)
{
	struct buffer b = BUFFER_INIT;

	(void)state;
	buffer_text(&b, "x");
	buffer_release(&b);
	buffer_release(&b);
	assert_null(b.data);
	assert_int_equal(b.capacity, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(buffer__appends_each_kind_of_value_in_its_shape),
		cmocka_unit_test(buffer__grows_and_keeps_what_it_had),
		cmocka_unit_test(buffer__appends_nothing_from_nowhere),
		cmocka_unit_test(buffer__prints_without_the_final_nul),
		cmocka_unit_test(buffer__prints_more_than_it_has_room_for),
		cmocka_unit_test(buffer__set_replaces_the_content),
		cmocka_unit_test(buffer__clear_keeps_the_memory),
		cmocka_unit_test(buffer__detached_text_is_terminated_and_leaves_the_buffer_empty),
		cmocka_unit_test(buffer__detached_text_of_nothing_is_an_empty_text),
		cmocka_unit_test(buffer__is_failed_when_there_is_no_memory_and_stays_a_prefix),
		cmocka_unit_test(buffer__clear_makes_a_failed_buffer_usable),
		cmocka_unit_test(buffer__release_is_legal_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
