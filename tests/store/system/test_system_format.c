/*
 * The bytes of a system's record: pinned by tests/format/record-system.hex, and strict
 * when read.
 */
#include "tests/support/golden.h"

#include <stdlib.h>
#include <string.h>

#include "store/base/cleanup.h"
#include "store/base/error.h"
#include "store/system/system_format.h"

static struct system_record sample(void)
{
	return (struct system_record){
		.info = { .id = 19,
			  .name = "vm01",
			  .level = { 18, 16, 0 },
			  .flips = { 3, 1, 0 },
			  .log = 41,
			  .created = { 1795557907, 5 },
			  .changed = { 1795557908, 6 } },
		.changed_by = 1000,
		.sent = { 1795557908, 0 },
		.sent_by = 1001,
		.value = { "vm01.example.com", "22", "ssh", "", "require", "first" },
	};
}

static void system__is_the_golden_bytes(void **state)
{
	_cleanup_(cleanup_buffer) struct buffer text = BUFFER_INIT, value = BUFFER_INIT;
	struct system_record record = sample();
	struct record_key key;

	(void)state;
	record_key_id(&key, 'S', "720", 19);
	golden_line(&text, "key-system", record_key_slice(&key));
	system_record_encode(&record, &value);
	golden_line(&text, "system", buffer_slice(&value));
	golden_check("tests/format/record-system.hex", &text);
}

static void system__reads_back_as_written(void **state)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT, again = BUFFER_INIT;
	struct system_record record = sample(), back = { 0 };

	(void)state;
	system_record_encode(&record, &value);
	assert_int_equal(system_record_decode(buffer_slice(&value), &back), 0);
	assert_string_equal(back.info.name, "vm01");
	assert_string_equal(back.value[5], "first");
	assert_int_equal(back.info.flips[LINK_TEST], 3);
	system_record_encode(&back, &again);
	assert_int_equal(again.size, value.size);
	assert_memory_equal(again.data, value.data, value.size);
}

static void system__cut_short_anywhere_is_refused(void **state)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;
	struct system_record record = sample(), back;

	(void)state;
	system_record_encode(&record, &value);
	for (size_t size = 0; size < value.size; size++)
		assert_int_equal(system_record_decode(slice_of(value.data, size), &back),
				 -CSM_ROW_CORRUPT);
}

static void system__bytes_behind_the_end_and_other_forms_are_refused(void **state)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;
	struct system_record record = sample(), back;

	(void)state;
	system_record_encode(&record, &value);
	buffer_u8(&value, 0);
	assert_int_equal(system_record_decode(buffer_slice(&value), &back), -CSM_ROW_CORRUPT);
	value.size--;
	assert_int_equal(system_record_decode(buffer_slice(&value), &back), 0);
	value.data[0] = 2;
	assert_int_equal(system_record_decode(buffer_slice(&value), &back), -CSM_ROW_CORRUPT);
}

static void system__a_bad_name_or_no_log_is_refused(void **state)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;
	struct system_record record = sample(), back;

	(void)state;
	record.info.name[0] = '-';
	system_record_encode(&record, &value);
	assert_int_equal(system_record_decode(buffer_slice(&value), &back), -CSM_ROW_CORRUPT);
	buffer_clear(&value);
	record = sample();
	record.info.log = 0;
	system_record_encode(&record, &value);
	assert_int_equal(system_record_decode(buffer_slice(&value), &back), -CSM_ROW_CORRUPT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(system__is_the_golden_bytes),
		cmocka_unit_test(system__reads_back_as_written),
		cmocka_unit_test(system__cut_short_anywhere_is_refused),
		cmocka_unit_test(system__bytes_behind_the_end_and_other_forms_are_refused),
		cmocka_unit_test(system__a_bad_name_or_no_log_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
