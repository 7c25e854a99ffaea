/*
 * The bytes of rows: pinned by tests/format/rows.hex, and strict when read.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/base/cleanup.h"
#include "store/base/error.h"
#include "store/tree/row.h"

static struct inode sample_inode(void)
{
	struct inode inode = {
		.number = 17,
		.mode = S_IFREG | 04755,
		.uid = 1000,
		.gid = 100,
		.nlink = 1,
		.size = 5,
		.atime = { 1700000000, 1 },
		.mtime = { 1700000001, 2 },
		.ctime = { 1700000002, 3 },
		.btime = { 1700000003, 4 },
		.has_xattrs = true,
		.content = CONTENT_CHUNK,
		.parent = 16,
		.name = "part",
	};

	inode.chunk = digest_of(slice_text("bytes"));
	return inode;
}

static void add_line(struct buffer *text, const char *what, struct slice bytes)
{
	const uint8_t *p = bytes.data;

	buffer_printf(text, "%s ", what);
	for (size_t i = 0; i < bytes.size; i++)
		buffer_printf(text, "%02x", p[i]);
	buffer_u8(text, '\n');
}

static void add_key(struct buffer *text, const char *what, const struct row_key *key)
{
	add_line(text, what, key_slice(key));
}

static void render_keys(struct buffer *text)
{
	struct digest digest = digest_of(slice_text("bytes"));
	struct row_key key;

	key_dirent(&key, 3, 16, "part");
	add_key(text, "key-dirent", &key);
	key_row(&key, 3, ROW_INODE, 17);
	add_key(text, "key-inode", &key);
	key_link(&key, 3, 17, 16, "part");
	add_key(text, "key-link", &key);
	key_map(&key, 3, 18, 2);
	add_key(text, "key-map", &key);
	key_row(&key, 3, ROW_TARGET, 17);
	add_key(text, "key-target", &key);
	key_row(&key, 3, ROW_XATTRS, 17);
	add_key(text, "key-xattrs", &key);
	key_digest(&key, 3, 16);
	add_key(text, "key-digest", &key);
	key_reference(&key, &digest, 3, 17, 0);
	add_key(text, "key-reference", &key);
	key_garbage(&key, &digest);
	add_key(text, "key-garbage", &key);
	key_version(&key, 3);
	add_key(text, "key-version", &key);
	key_dropped(&key, 3);
	add_key(text, "key-dropped", &key);
	key_orphan(&key, 16, 17);
	add_key(text, "key-orphan", &key);
	key_counter(&key, "number");
	add_key(text, "key-counter", &key);
}

static void render_values(struct buffer *text)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;
	struct dirent_row dirent = { .number = 17, .type = S_IFREG, .is_explicit = true };
	struct xattr list[2] = { { "user.a", slice_text("1") }, { "user.b", slice_text("") } };
	struct xattrs xattrs = { BUFFER_INIT, list, 2 };
	struct inode inode = sample_inode();
	struct map_row map = { 0 };

	row_gone(&value);
	add_line(text, "gone", buffer_slice(&value));
	row_encode_dirent(&dirent, &value);
	add_line(text, "dirent", buffer_slice(&value));
	row_encode_inode(&inode, &value);
	add_line(text, "inode-chunk", buffer_slice(&value));
	inode.content = CONTENT_MAP;
	inode.size = 1 << 20;
	inode.fork = 18;
	inode.blocks = 2;
	row_encode_inode(&inode, &value);
	add_line(text, "inode-map", buffer_slice(&value));
	inode.content = CONTENT_NONE;
	inode.size = 0;
	row_encode_inode(&inode, &value);
	add_line(text, "inode-empty", buffer_slice(&value));
	row_encode_link(&value);
	add_line(text, "link", buffer_slice(&value));
	map.block[0] = digest_of(slice_text("0"));
	map.block[2] = digest_of(slice_text("2"));
	row_encode_map(&map, &value);
	add_line(text, "map", buffer_slice(&value));
	row_encode_xattrs(&xattrs, &value);
	add_line(text, "xattrs", buffer_slice(&value));
	row_encode_version(2, &value);
	add_line(text, "version", buffer_slice(&value));
}

static void rows__are_the_golden_bytes(void **state)
{
	_cleanup_(cleanup_buffer) struct buffer text = BUFFER_INIT;
	char *golden = NULL;
	size_t size = 0;
	FILE *file = fopen("tests/format/rows.hex", "r");

	(void)state;
	render_keys(&text);
	render_values(&text);
	buffer_u8(&text, 0);
	if (!file)
		fputs((char *)text.data, stderr);
	assert_non_null(file);
	assert_true(getdelim(&golden, &size, 0, file) > 0);
	fclose(file);
	assert_string_equal((char *)text.data, golden);
	free(golden);
}

static void inode__reads_back_as_written(void **state)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;
	struct inode inode = sample_inode(), back = { .number = 17 };

	(void)state;
	row_encode_inode(&inode, &value);
	assert_int_equal(row_decode_inode(buffer_slice(&value), &back), 0);
	inode.blocks = 1;
	assert_memory_equal(&inode, &back, sizeof(inode));
}

static void inode__cut_short_anywhere_is_refused(void **state)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;
	struct inode inode = sample_inode(), back;

	(void)state;
	row_encode_inode(&inode, &value);
	for (size_t size = 0; size < value.size; size++)
		assert_int_equal(row_decode_inode(slice_of(value.data, size), &back),
				 -CSM_ROW_CORRUPT);
}

static void inode__bytes_behind_the_end_are_refused(void **state)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;
	struct inode inode = sample_inode(), back;

	(void)state;
	row_encode_inode(&inode, &value);
	buffer_u8(&value, 0);
	assert_int_equal(row_decode_inode(buffer_slice(&value), &back), -CSM_ROW_CORRUPT);
}

static void inode__a_name_that_is_none_is_refused(void **state)
{
	static const char *const bad[] = { "a/b", "/", "a\001b" };
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;
	struct inode inode = sample_inode(), back;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memset(inode.name, 0, sizeof(inode.name));
		memcpy(inode.name, bad[i], strlen(bad[i]));
		row_encode_inode(&inode, &value);
		/* encoding cannot write a NUL: what stands for it is put in its place */
		for (size_t at = value.size - strlen(bad[i]); at < value.size; at++)
			if (value.data[at] == 1)
				value.data[at] = 0;
		assert_int_equal(row_decode_inode(buffer_slice(&value), &back), -CSM_ROW_CORRUPT);
	}
}

static void key__a_name_that_is_none_is_refused(void **state)
{
	struct row_key key;
	version_id version;
	enum row_kind kind;
	uint64_t number;
	struct slice rest;

	(void)state;
	key_dirent(&key, 3, 16, "part");
	assert_int_equal(key_parse_row(key_slice(&key), &version, &kind, &number, &rest), 0);
	key.bytes[key.size - 2] = '\0';
	assert_int_equal(key_parse_row(key_slice(&key), &version, &kind, &number, &rest), -CSM_ROW_CORRUPT);
	key_link(&key, 3, 17, 16, "pa/t");
	assert_int_equal(key_parse_row(key_slice(&key), &version, &kind, &number, &rest), -CSM_ROW_CORRUPT);
	key_link(&key, 3, 17, 16, "");
	assert_int_equal(key_parse_row(key_slice(&key), &version, &kind, &number, &rest), -CSM_ROW_CORRUPT);
}

static void xattrs__out_of_order_are_refused(void **state)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;
	struct xattr list[2] = { { "user.b", slice_text("1") }, { "user.a", slice_text("") } };
	struct xattrs xattrs = { BUFFER_INIT, list, 2 }, back;

	(void)state;
	row_encode_xattrs(&xattrs, &value);
	assert_int_equal(row_decode_xattrs(buffer_slice(&value), &back), -CSM_ROW_CORRUPT);
}

static void decoders__take_any_bytes_without_harm(void **state)
{
	uint32_t seed = 1;

	(void)state;
	for (int round = 0; round < 200000; round++) {
		uint8_t bytes[160];
		struct inode inode = { 0 };
		struct dirent_row dirent;
		struct map_row map;
		struct xattrs xattrs;
		version_id version;
		size_t size;

		for (size_t i = 0; i < sizeof(bytes); i++) {
			seed = seed * 1664525 + 1013904223;
			bytes[i] = (uint8_t)(seed >> 24 & (i % 3 ? 0xff : 0x01));
		}
		size = bytes[1] % sizeof(bytes);
		row_decode_inode(slice_of(bytes, size), &inode);
		row_decode_dirent(slice_of(bytes, size), &dirent);
		row_decode_map(slice_of(bytes, size), &map);
		row_decode_version(slice_of(bytes, size), &version);
		if (row_decode_xattrs(slice_of(bytes, size), &xattrs) == 0)
			xattrs_release(&xattrs);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows__are_the_golden_bytes),
		cmocka_unit_test(inode__reads_back_as_written),
		cmocka_unit_test(inode__cut_short_anywhere_is_refused),
		cmocka_unit_test(inode__bytes_behind_the_end_are_refused),
		cmocka_unit_test(inode__a_name_that_is_none_is_refused),
		cmocka_unit_test(key__a_name_that_is_none_is_refused),
		cmocka_unit_test(xattrs__out_of_order_are_refused),
		cmocka_unit_test(decoders__take_any_bytes_without_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
