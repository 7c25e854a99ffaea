/*
 * The superblock: one form, damage and newer formats told apart.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/base/error.h"
#include "store/superblock.h"

static const char GOOD[] = "csmfs store\n"
			   "format 1\n"
			   "uuid 6f1c0a52-58c8-4e0b-9d3f-2b7a4b9f7a10\n"
			   "created 2026-11-24T22:05:07Z\n";

static int decode(const char *text)
{
	struct superblock superblock;

	return superblock_decode(slice_text(text), &superblock);
}

static void superblock__is_read_as_documented(void **state)
{
	struct superblock superblock;

	(void)state;
	assert_int_equal(superblock_decode(slice_text(GOOD), &superblock), 0);
	assert_int_equal(superblock.format, 1);
	assert_string_equal(superblock.uuid, "6f1c0a52-58c8-4e0b-9d3f-2b7a4b9f7a10");
	assert_string_equal(superblock.created, "2026-11-24T22:05:07Z");
}

static void superblock__a_new_one_reads_back(void **state)
{
	struct superblock superblock, other, back;
	struct buffer text = BUFFER_INIT;

	(void)state;
	assert_int_equal(superblock_new(&superblock), 0);
	superblock_encode(&superblock, &text);
	assert_int_equal(superblock_decode(buffer_slice(&text), &back), 0);
	assert_string_equal(back.uuid, superblock.uuid);
	assert_int_equal(superblock.uuid[14], '4'); /* random, RFC 4122 */
	assert_int_equal(superblock_new(&other), 0);
	assert_string_not_equal(other.uuid, superblock.uuid);
	buffer_release(&text);
}

static void superblock__a_newer_format_is_told_from_damage(void **state)
{
	struct superblock superblock;

	(void)state;
	assert_int_equal(superblock_decode(slice_text("csmfs store\nformat 2\nwhatever\n"),
					   &superblock),
			 -CSM_STORE_NEWER);
	assert_int_equal(superblock.format, 2);
}

static void superblock__anything_else_is_damage(void **state)
{
	static const char *const bad[] = {
		"",
		"csmfs store\n",
		"csmfs store\nformat 0\n",
		"csmfs store\nformat x\n",
		"csmfs shop\nformat 1\n",
		"csmfs store\nformat\n2\n",
		"csmfs store format 2\n",
		"csmfs store\nformat 1\nuuid 6f1c0a52-58c8-4e0b-9d3f-2b7a4b9f7a10\n",
		"csmfs store\nformat 1\nuuid 6f1c0a52-58c8-4e0b-9d3f-2b7a4b9f7a10\ncreated 2026-11-24T22:05:07Z",
		"csmfs store\nformat 01\nuuid 6f1c0a52-58c8-4e0b-9d3f-2b7a4b9f7a10\ncreated 2026-11-24T22:05:07Z\n",
		"csmfs store\nformat +1\nuuid 6f1c0a52-58c8-4e0b-9d3f-2b7a4b9f7a10\ncreated 2026-11-24T22:05:07Z\n",
		"csmfs store\n\nformat 1\nuuid 6f1c0a52-58c8-4e0b-9d3f-2b7a4b9f7a10\ncreated 2026-11-24T22:05:07Z\n",
		"csmfs store\nformat 1\nuuid 6F1C0A52-58c8-4e0b-9d3f-2b7a4b9f7a10\ncreated 2026-11-24T22:05:07Z\n",
		"csmfs store\nformat 1\nuuid 6f1c0a52-58c8-4e0b-9d3f-2b7a4b9f7a10\ncreated 2026-11-24 22:05:07Z\n",
		"csmfs store\nformat 1\nuuid 6f1c0a52-58c8-4e0b-9d3f-2b7a4b9f7a10\ncreated 2026-11-24T22:05:07Z\nx\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(decode(bad[i]), -CSM_STORE_DAMAGED);
}

static void superblock__cut_short_anywhere_is_damage(void **state)
{
	struct superblock superblock;

	(void)state;
	for (size_t size = 0; size < strlen(GOOD); size++)
		assert_int_equal(superblock_decode(slice_of(GOOD, size), &superblock),
				 -CSM_STORE_DAMAGED);
}

static void superblock__is_written_and_read_in_a_directory(void **state)
{
	char directory[] = "/tmp/csmfs-superblock-XXXXXX", path[64];
	struct superblock superblock, back;

	(void)state;
	assert_non_null(mkdtemp(directory));
	assert_int_equal(superblock_read(directory, &back), -CSM_STORE_MISSING);
	assert_int_equal(superblock_new(&superblock), 0);
	assert_int_equal(superblock_write(directory, &superblock), 0);
	assert_int_equal(superblock_read(directory, &back), 0);
	assert_string_equal(back.uuid, superblock.uuid);
	snprintf(path, sizeof(path), "%s/csmfs.store.new", directory);
	assert_int_not_equal(access(path, F_OK), 0);
	snprintf(path, sizeof(path), "%s/csmfs.store", directory);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(directory), 0);
	assert_int_equal(superblock_read(directory, &back), -CSM_STORE_MISSING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(superblock__is_read_as_documented),
		cmocka_unit_test(superblock__a_new_one_reads_back),
		cmocka_unit_test(superblock__a_newer_format_is_told_from_damage),
		cmocka_unit_test(superblock__anything_else_is_damage),
		cmocka_unit_test(superblock__cut_short_anywhere_is_damage),
		cmocka_unit_test(superblock__is_written_and_read_in_a_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
