/*
 * The stored form of a chunk: golden files, every size at which something changes, and
 * a decoder that is given anything.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>

#include "store/base/cleanup.h"
#include "store/base/error.h"
#include "store/chunk/chunk.h"
#include "tests/support/golden.h"

#define PLAIN_TEXT "csmfs"
#define LZ4_TEXT "csmfs csmfs csmfs csmfs csmfs csmfs csmfs csmfs "

/* Numbers that do not compress, the same in each run. */
static void fill_noise(uint8_t *bytes, size_t size, uint64_t seed)
{
	for (size_t i = 0; i < size; i++) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		bytes[i] = (uint8_t)(seed >> 56);
	}
}

static void assert_round_trip(struct slice bytes, char want_tag)
{
	_cleanup_(cleanup_buffer) struct buffer stored = BUFFER_INIT, back = BUFFER_INIT;

	assert_int_equal(chunk_encode(bytes, &stored), 0);
	assert_int_equal(stored.data[0], want_tag);
	assert_int_equal(chunk_decode(buffer_slice(&stored), &back), 0);
	assert_int_equal(back.size, bytes.size);
	assert_memory_equal(back.data, bytes.data, bytes.size);
}

/* ---- golden files ---- */

static void encode__writes_the_golden_plain_chunk(void **state)
{
	_cleanup_(cleanup_buffer) struct buffer stored = BUFFER_INIT, text = BUFFER_INIT;

	(void)state;
	assert_int_equal(chunk_encode(slice_text(PLAIN_TEXT), &stored), 0);
	golden_line(&text, "plain", buffer_slice(&stored));
	golden_check("tests/format/chunk-plain.hex", &text);
}

/* The block is LZ4's affair and may differ between its versions: it is read, not compared. */
static void decode__reads_the_golden_lz4_chunk(void **state)
{
	static const uint8_t stored[] = { 'L', 48, 0, 0,    0,    0x6f, 'c', 's', 'm', 'f', 's',
					  ' ', 6,  0, 0x12, 0x50, 's',  'm', 'f', 's', ' ' };
	_cleanup_(cleanup_buffer) struct buffer bytes = BUFFER_INIT, text = BUFFER_INIT;

	(void)state;
	golden_line(&text, "lz4", slice_of(stored, sizeof stored));
	golden_check("tests/format/chunk-lz4.hex", &text);
	assert_int_equal(chunk_decode(slice_of(stored, sizeof stored), &bytes), 0);
	assert_int_equal(bytes.size, strlen(LZ4_TEXT));
	assert_memory_equal(bytes.data, LZ4_TEXT, bytes.size);
}

static void encode__writes_the_header_of_an_lz4_chunk(void **state)
{
	static const uint8_t header[] = { 'L', 48, 0, 0, 0 };
	_cleanup_(cleanup_buffer) struct buffer stored = BUFFER_INIT;

	(void)state;
	assert_int_equal(chunk_encode(slice_text(LZ4_TEXT), &stored), 0);
	assert_memory_equal(stored.data, header, sizeof header);
}

/* ---- sizes and forms ---- */

static void encode__takes_lz4_for_what_compresses(void **state)
{
	_cleanup_free_ uint8_t *bytes = calloc(1, CHUNK_SIZE_MAX);

	(void)state;
	assert_non_null(bytes);
	assert_round_trip(slice_of(bytes, CHUNK_SIZE_MAX), 'L');
	assert_round_trip(slice_of(bytes, 128 << 10), 'L');
	assert_round_trip(slice_of(bytes, 100), 'L');
}

static void encode__takes_plain_for_what_does_not_compress(void **state)
{
	_cleanup_free_ uint8_t *bytes = malloc(CHUNK_SIZE_MAX);

	(void)state;
	assert_non_null(bytes);
	fill_noise(bytes, CHUNK_SIZE_MAX, 1);
	assert_round_trip(slice_of(bytes, CHUNK_SIZE_MAX), 'P');
	assert_round_trip(slice_of(bytes, CHUNK_SIZE_MAX - 1), 'P');
	for (size_t size = 1; size < 40; size++)
		assert_round_trip(slice_of(bytes, size), 'P');
}

static void encode__never_stores_more_than_five_bytes_more(void **state)
{
	uint8_t bytes[3000];

	(void)state;
	fill_noise(bytes, sizeof bytes, 2);
	/* The first half repeats: about where LZ4 begins to be worth it. */
	for (size_t same = 0; same < sizeof bytes; same += 50) {
		_cleanup_(cleanup_buffer) struct buffer stored = BUFFER_INIT;

		memset(bytes, 'x', same);
		assert_int_equal(chunk_encode(slice_of(bytes, sizeof bytes), &stored), 0);
		assert_true(stored.size <= sizeof bytes + 5);
	}
}

static void encode__refuses_no_bytes_and_too_many(void **state)
{
	_cleanup_free_ uint8_t *bytes = calloc(1, CHUNK_SIZE_MAX + 1);
	_cleanup_(cleanup_buffer) struct buffer stored = BUFFER_INIT;

	(void)state;
	assert_non_null(bytes);
	assert_int_equal(chunk_encode(slice_of(bytes, 0), &stored), -EINVAL);
	assert_int_equal(chunk_encode(slice_of(bytes, CHUNK_SIZE_MAX + 1), &stored), -EINVAL);
	assert_int_equal(stored.size, 0);
}

/* ---- a strict decoder ---- */

static void assert_corrupt(const void *stored, size_t size)
{
	_cleanup_(cleanup_buffer) struct buffer bytes = BUFFER_INIT;

	buffer_text(&bytes, "left over");
	assert_int_equal(chunk_decode(slice_of(stored, size), &bytes), -CSM_CHUNK_CORRUPT);
	assert_int_equal(bytes.size, 0);
}

static void decode__refuses_what_is_too_short(void **state)
{
	static const uint8_t stored[] = { 'P', 1, 0, 0, 0 };

	(void)state;
	for (size_t size = 0; size <= sizeof stored; size++)
		assert_corrupt(stored, size);
}

static void decode__refuses_an_unknown_tag(void **state)
{
	uint8_t stored[] = { 0, 1, 0, 0, 0, 'x' };

	(void)state;
	for (unsigned tag = 0; tag < 256; tag++) {
		stored[0] = (uint8_t)tag;
		if (tag != 'P')
			assert_corrupt(stored, sizeof stored);
	}
}

static void decode__refuses_a_size_that_is_not_that_of_the_bytes(void **state)
{
	static const uint8_t more[] = { 'P', 3, 0, 0, 0, 'a', 'b' };
	static const uint8_t less[] = { 'P', 1, 0, 0, 0, 'a', 'b' };
	static const uint8_t none[] = { 'P', 0, 0, 0, 0 };

	(void)state;
	assert_corrupt(more, sizeof more);
	assert_corrupt(less, sizeof less);
	assert_corrupt(none, sizeof none);
}

static void decode__refuses_a_size_above_the_limit_without_making_room(void **state)
{
	static const uint8_t lz4[] = { 'L', 0xff, 0xff, 0xff, 0xff, 0x10, 'a' };
	static const uint8_t just_above[] = { 'L', 1, 0, 0x10, 0, 0x10, 'a' };
	_cleanup_(cleanup_buffer) struct buffer bytes = BUFFER_INIT;

	(void)state;
	assert_int_equal(chunk_decode(slice_of(lz4, sizeof lz4), &bytes), -CSM_CHUNK_CORRUPT);
	assert_int_equal(bytes.capacity, 0);
	assert_corrupt(just_above, sizeof just_above);
}

/* One form per value: LZ4 only where it is smaller. */
static void decode__refuses_lz4_that_saves_nothing(void **state)
{
	/* Five literals as an LZ4 block: six bytes for five. */
	static const uint8_t stored[] = { 'L', 5, 0, 0, 0, 0x50, 'c', 's', 'm', 'f', 's' };

	(void)state;
	assert_corrupt(stored, sizeof stored);
}

static void decode__refuses_lz4_that_gives_another_size(void **state)
{
	_cleanup_(cleanup_buffer) struct buffer stored = BUFFER_INIT;

	(void)state;
	assert_int_equal(chunk_encode(slice_text(LZ4_TEXT), &stored), 0);
	stored.data[1]++;
	assert_corrupt(stored.data, stored.size);
	stored.data[1] -= 2;
	assert_corrupt(stored.data, stored.size);
}

static void decode__refuses_every_cut_of_a_chunk(void **state)
{
	_cleanup_(cleanup_buffer) struct buffer stored = BUFFER_INIT;

	(void)state;
	assert_int_equal(chunk_encode(slice_text(LZ4_TEXT), &stored), 0);
	for (size_t size = 0; size < stored.size; size++)
		assert_corrupt(stored.data, size);
}

/* Whatever it is given, it answers with bytes of the size it says, or with "corrupt". */
static void decode__survives_noise(void **state)
{
	uint8_t stored[200];

	(void)state;
	for (uint64_t seed = 0; seed < 20000; seed++) {
		_cleanup_(cleanup_buffer) struct buffer bytes = BUFFER_INIT;
		size_t size = 5 + seed % (sizeof stored - 5);
		int code;

		fill_noise(stored, size, seed);
		stored[0] = seed % 2 ? 'L' : 'P';
		put_le32(stored + 1, (uint32_t)(seed * 37 % 400));
		code = chunk_decode(slice_of(stored, size), &bytes);
		if (code == 0)
			assert_int_equal(bytes.size, get_le32(stored + 1));
		else
			assert_int_equal(code, -CSM_CHUNK_CORRUPT);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(encode__writes_the_golden_plain_chunk),
		cmocka_unit_test(decode__reads_the_golden_lz4_chunk),
		cmocka_unit_test(encode__writes_the_header_of_an_lz4_chunk),
		cmocka_unit_test(encode__takes_lz4_for_what_compresses),
		cmocka_unit_test(encode__takes_plain_for_what_does_not_compress),
		cmocka_unit_test(encode__never_stores_more_than_five_bytes_more),
		cmocka_unit_test(encode__refuses_no_bytes_and_too_many),
		cmocka_unit_test(decode__refuses_what_is_too_short),
		cmocka_unit_test(decode__refuses_an_unknown_tag),
		cmocka_unit_test(decode__refuses_a_size_that_is_not_that_of_the_bytes),
		cmocka_unit_test(decode__refuses_a_size_above_the_limit_without_making_room),
		cmocka_unit_test(decode__refuses_lz4_that_saves_nothing),
		cmocka_unit_test(decode__refuses_lz4_that_gives_another_size),
		cmocka_unit_test(decode__refuses_every_cut_of_a_chunk),
		cmocka_unit_test(decode__survives_noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
