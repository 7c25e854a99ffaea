/*
 * The rows of a scrub, byte for byte, and what is not taken for one.
 */
#include "tests/support/golden.h"

#include <string.h>

#include "store/base/cleanup.h"
#include "store/base/error.h"
#include "store/engine/engine.h"
#include "store/upkeep/scrub_format.h"

static const struct scrub_state sample = {
	.status = SCRUB_STOPPED,
	.part = 3,
	.rate = 20u << 20,
	.started = { 1795557907, 5 },
	.ended = { 1795557967, 0 },
	.started_by = 1000,
	.chunks = 258,
	.bytes = 33554432,
	.findings = 1,
	.position = { 'r', 0, 0, 0, 7, 'I', 0, 0, 0, 0, 0, 0, 0, 40 },
	.position_size = 14,
};

static const struct scrub_finding found = {
	.found = { 1795557907, 5 },
	.code = CSM_CHUNK_CORRUPT,
	.object = "720/BASE CP/part",
	.what = "a chunk does not match its digest; also in 720/L1",
};

static void rows__are_the_golden_bytes(void **state)
{
	_cleanup_(cleanup_buffer) struct buffer text = BUFFER_INIT, value = BUFFER_INIT,
						finding = BUFFER_INIT;
	struct scrub_key key;

	(void)state;
	scrub_key_state(&key);
	golden_line(&text, "key-state", scrub_key_slice(&key));
	scrub_state_encode(&sample, &value);
	golden_line(&text, "state", buffer_slice(&value));
	scrub_key_finding(&key, 258);
	golden_line(&text, "key-finding", scrub_key_slice(&key));
	scrub_finding_encode(&found, &finding);
	golden_line(&text, "finding", buffer_slice(&finding));
	golden_check("tests/format/scrub.hex", &text);
}

static void rows__come_back_as_they_were(void **state)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT, again = BUFFER_INIT;
	struct scrub_state scrub;
	struct scrub_finding finding;

	(void)state;
	scrub_state_encode(&sample, &value);
	assert_int_equal(scrub_state_decode(buffer_slice(&value), &scrub), 0);
	scrub_state_encode(&scrub, &again);
	assert_int_equal(value.size, again.size);
	assert_memory_equal(value.data, again.data, value.size);
	buffer_clear(&value);
	scrub_finding_encode(&found, &value);
	assert_int_equal(scrub_finding_decode(buffer_slice(&value), &finding), 0);
	assert_string_equal(finding.object, found.object);
	assert_string_equal(finding.what, found.what);
	assert_int_equal(finding.code, found.code);
}

static void assert_refused(char kind, const struct buffer *value)
{
	struct scrub_key key;

	scrub_key_finding(&key, 1);
	if (kind == 's')
		scrub_key_state(&key);
	assert_int_equal(scrub_row_check(scrub_key_slice(&key), buffer_slice(value)),
			 -CSM_ROW_CORRUPT);
}

static void rows__of_another_size_are_refused(void **state)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;

	(void)state;
	for (const char *kind = "sf"; *kind; kind++) {
		buffer_clear(&value);
		if (*kind == 's')
			scrub_state_encode(&sample, &value);
		else
			scrub_finding_encode(&found, &value);
		for (size_t size = value.size; size-- > 0;) {
			struct buffer cut = { value.data, size, size, false };

			assert_refused(*kind, &cut);
		}
		buffer_u8(&value, 0);
		assert_refused(*kind, &value);
	}
}

static void state__that_cannot_be_is_refused(void **state)
{
	const struct {
		size_t at;
		uint8_t byte;
	} wrong[] = {
		{ 0, 2 },    /* form */
		{ 1, 0 },    /* status */
		{ 1, 4 },    /* status */
		{ 2, 0 },    /* part */
		{ 2, 4 },    /* part */
		{ 22, 0xff }, /* nanoseconds */
		{ 64, 0xff }, /* size of the position */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;

		scrub_state_encode(&sample, &value);
		value.data[wrong[i].at] = wrong[i].byte;
		assert_refused('s', &value);
	}
}

static void rows__under_other_keys_are_refused(void **state)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;

	(void)state;
	scrub_state_encode(&sample, &value);
	assert_int_equal(scrub_row_check(slice_text("us"), buffer_slice(&value)), 0);
	assert_int_equal(scrub_row_check(slice_text("u"), buffer_slice(&value)), -CSM_ROW_CORRUPT);
	assert_int_equal(scrub_row_check(slice_text("ux"), buffer_slice(&value)), -CSM_ROW_CORRUPT);
	assert_int_equal(scrub_row_check(slice_text("uf"), buffer_slice(&value)), -CSM_ROW_CORRUPT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows__are_the_golden_bytes),
		cmocka_unit_test(rows__come_back_as_they_were),
		cmocka_unit_test(rows__of_another_size_are_refused),
		cmocka_unit_test(state__that_cannot_be_is_refused),
		cmocka_unit_test(rows__under_other_keys_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
