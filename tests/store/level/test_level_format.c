/*
 * The bytes of records: pinned by tests/format/record-level.hex, and strict when read.
 */
#include "tests/support/golden.h"

#include <stdlib.h>
#include <string.h>

#include "store/base/cleanup.h"
#include "store/base/error.h"
#include "store/level/level_format.h"

static const struct timespec MOMENT = { 1795557907, 5 };

static struct level_record sample_level(void)
{
	static char description[] = "RSU"; /* not the record's to free */

	return (struct level_record){
		.id = 18,
		.name = "L1",
		.esm = "NONESM",
		.description = description,
		.state = STATE_STABLE,
		.locked = true,
		.epoch = 1,
		.basedon = 16,
		.tip = 5,
		.base_version = 2,
		.created = MOMENT,
		.created_by = 1000,
	};
}

static void encode_release(struct buffer *ret_value)
{
	release_record_encode(&(struct release_record){ 17, 1, 16, MOMENT }, ret_value);
}

static void encode_ids(struct buffer *ret_value)
{
	ids_record_encode(19, ret_value);
}

static void encode_base(struct buffer *ret_value)
{
	struct level_record record = { .name = "BASE",
				       .esm = "NONESM",
				       .state = STATE_TEST,
				       .locked = true,
				       .is_base = true,
				       .sealed_once = true,
				       .tip = 3,
				       .base_version = 2,
				       .created = MOMENT };

	level_record_encode(&record, ret_value);
}

static void encode_level(struct buffer *ret_value)
{
	struct level_record record = sample_level();

	level_record_encode(&record, ret_value);
}

static void encode_package(struct buffer *ret_value)
{
	struct package_record record = { .directory = 40,
					 .content = 4,
					 .id = digest_of(slice_text("MANIFEST")),
					 .built = MOMENT,
					 .built_by = 1000 };

	package_record_encode(&record, ret_value);
}

static void encode_last(struct buffer *ret_value)
{
	struct digest id = digest_of(slice_text("MANIFEST"));

	last_record_encode(&id, ret_value);
}

static int again_release(struct slice value, struct buffer *ret_value)
{
	struct release_record record;
	int err = release_record_decode(value, &record);

	if (!err)
		release_record_encode(&record, ret_value);
	return err;
}

static int again_ids(struct slice value, struct buffer *ret_value)
{
	uint32_t next;
	int err = ids_record_decode(value, &next);

	if (!err)
		ids_record_encode(next, ret_value);
	return err;
}

static int again_level(struct slice value, struct buffer *ret_value)
{
	_cleanup_(level_record_release) struct level_record record = { 0 };
	int err = level_record_decode(value, &record);

	if (!err)
		level_record_encode(&record, ret_value);
	return err;
}

static int again_package(struct slice value, struct buffer *ret_value)
{
	struct package_record record;
	int err = package_record_decode(value, &record);

	if (!err)
		package_record_encode(&record, ret_value);
	return err;
}

static int again_last(struct slice value, struct buffer *ret_value)
{
	struct digest id;
	int err = last_record_decode(value, &id);

	if (!err)
		last_record_encode(&id, ret_value);
	return err;
}

static const struct codec {
	const char *name;
	void (*encode)(struct buffer *ret_value);
	/* Decodes and encodes what came of it. */
	int (*again)(struct slice value, struct buffer *ret_value);
} codecs[] = {
	{ "ids", encode_ids, again_ids },
	{ "release", encode_release, again_release },
	{ "level-base", encode_base, again_level },
	{ "level", encode_level, again_level },
	{ "package", encode_package, again_package },
	{ "last", encode_last, again_last },
};
enum { CODECS = sizeof(codecs) / sizeof(codecs[0]) };

static void add_key(struct buffer *text, const char *name, const struct record_key *key)
{
	golden_line(text, name, record_key_slice(key));
}

static void render_keys(struct buffer *text)
{
	struct record_key key;

	record_key_ids(&key);
	add_key(text, "key-ids", &key);
	record_key_release(&key, "720");
	add_key(text, "key-release", &key);
	record_key_id(&key, 'L', "720", 18);
	add_key(text, "key-level", &key);
	record_key_against(&key, 'P', "720", 18, 0);
	add_key(text, "key-package", &key);
	record_key_against(&key, 'P', "720", 18, 16777216 + 17);
	add_key(text, "key-package-from", &key);
	record_key_against(&key, 'Q', "720", 18, 0);
	add_key(text, "key-last", &key);
}

static void records__are_the_golden_bytes(void **state)
{
	_cleanup_(cleanup_buffer) struct buffer text = BUFFER_INIT;

	(void)state;
	render_keys(&text);
	for (int i = 0; i < CODECS; i++) {
		_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;

		codecs[i].encode(&value);
		golden_line(&text, codecs[i].name, buffer_slice(&value));
	}
	golden_check("tests/format/record-level.hex", &text);
}

static void records__read_back_as_written(void **state)
{
	(void)state;
	for (int i = 0; i < CODECS; i++) {
		_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT, again = BUFFER_INIT;

		codecs[i].encode(&value);
		assert_int_equal(codecs[i].again(buffer_slice(&value), &again), 0);
		assert_int_equal(again.size, value.size);
		assert_memory_equal(again.data, value.data, value.size);
	}
}

static void records__cut_short_anywhere_are_refused(void **state)
{
	(void)state;
	for (int i = 0; i < CODECS; i++) {
		_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT, again = BUFFER_INIT;

		codecs[i].encode(&value);
		for (size_t size = 0; size < value.size; size++)
			assert_int_equal(codecs[i].again(slice_of(value.data, size), &again),
					 -CSM_ROW_CORRUPT);
	}
}

static void records__bytes_behind_the_end_are_refused(void **state)
{
	(void)state;
	for (int i = 0; i < CODECS; i++) {
		_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT, again = BUFFER_INIT;

		codecs[i].encode(&value);
		buffer_u8(&value, 0);
		assert_int_equal(codecs[i].again(buffer_slice(&value), &again), -CSM_ROW_CORRUPT);
	}
}

static void records__of_another_form_are_refused(void **state)
{
	(void)state;
	for (int i = 0; i < CODECS; i++) {
		_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT, again = BUFFER_INIT;

		codecs[i].encode(&value);
		value.data[0] = 2;
		assert_int_equal(codecs[i].again(buffer_slice(&value), &again), -CSM_ROW_CORRUPT);
		value.data[0] = 0;
		assert_int_equal(codecs[i].again(buffer_slice(&value), &again), -CSM_ROW_CORRUPT);
	}
}

static int decode_changed(struct level_record record)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT, again = BUFFER_INIT;

	level_record_encode(&record, &value);
	return again_level(buffer_slice(&value), &again);
}

static void level__a_record_that_contradicts_itself_is_refused(void **state)
{
	struct level_record record;

	(void)state;
	assert_int_equal(decode_changed(sample_level()), 0);
	record = sample_level();
	record.locked = false; /* STABLE and not locked */
	assert_int_equal(decode_changed(record), -CSM_ROW_CORRUPT);
	record = sample_level();
	record.state = 3;
	assert_int_equal(decode_changed(record), -CSM_ROW_CORRUPT);
	record = sample_level();
	record.basedon = 0; /* only BASE is based on nothing */
	assert_int_equal(decode_changed(record), -CSM_ROW_CORRUPT);
	record = sample_level();
	record.is_base = true;
	assert_int_equal(decode_changed(record), -CSM_ROW_CORRUPT);
	record = sample_level();
	record.tip = 0;
	assert_int_equal(decode_changed(record), -CSM_ROW_CORRUPT);
	record = sample_level();
	record.created.tv_nsec = 1000000000;
	assert_int_equal(decode_changed(record), -CSM_ROW_CORRUPT);
	record = sample_level();
	record.name[0] = '/';
	assert_int_equal(decode_changed(record), -CSM_ROW_CORRUPT);
}

static void level__an_unknown_flag_is_refused(void **state)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT, again = BUFFER_INIT;

	(void)state;
	encode_level(&value);
	value.data[2] |= 8;
	assert_int_equal(again_level(buffer_slice(&value), &again), -CSM_ROW_CORRUPT);
}

static void level__a_text_over_its_maximum_is_refused(void **state)
{
	struct level_record record = sample_level();
	char text[DESCRIPTION_MAX + 2] = { 0 };

	(void)state;
	memset(text, 'd', DESCRIPTION_MAX);
	record.description = text;
	assert_int_equal(decode_changed(record), 0);
	text[DESCRIPTION_MAX] = 'd';
	assert_int_equal(decode_changed(record), -CSM_ROW_CORRUPT);
}

static void key__is_taken_apart_strictly(void **state)
{
	struct record_key key;
	uint32_t id, against;

	(void)state;
	record_key_against(&key, 'P', "720", 18, 20);
	assert_int_equal(record_key_parse(record_key_slice(&key), 'P', &id, &against), 0);
	assert_int_equal(id, 18);
	assert_int_equal(against, 20);
	assert_int_equal(record_key_parse(record_key_slice(&key), 'P', &id, NULL),
			 -CSM_ROW_CORRUPT);
	assert_int_equal(record_key_parse(record_key_slice(&key), 'L', &id, &against),
			 -CSM_ROW_CORRUPT);
	record_key_id(&key, 'L', "720", 0);
	assert_int_equal(record_key_parse(record_key_slice(&key), 'L', &id, NULL),
			 -CSM_ROW_CORRUPT);
}

static void decoders__take_any_bytes_without_harm(void **state)
{
	uint32_t seed = 1;

	(void)state;
	for (int round = 0; round < 100000; round++) {
		const struct codec *codec = &codecs[round % CODECS];
		_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT, again = BUFFER_INIT;
		size_t at;

		codec->encode(&value);
		seed = seed * 1664525 + 1013904223;
		at = (seed >> 8) % value.size;
		value.data[at] = (uint8_t)(seed >> 24);
		if (codec->again(buffer_slice(&value), &again) == 0) /* what passes has one form */
			assert_memory_equal(again.data, value.data, value.size);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records__are_the_golden_bytes),
		cmocka_unit_test(records__read_back_as_written),
		cmocka_unit_test(records__cut_short_anywhere_are_refused),
		cmocka_unit_test(records__bytes_behind_the_end_are_refused),
		cmocka_unit_test(records__of_another_form_are_refused),
		cmocka_unit_test(level__a_record_that_contradicts_itself_is_refused),
		cmocka_unit_test(level__an_unknown_flag_is_refused),
		cmocka_unit_test(level__a_text_over_its_maximum_is_refused),
		cmocka_unit_test(key__is_taken_apart_strictly),
		cmocka_unit_test(decoders__take_any_bytes_without_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
