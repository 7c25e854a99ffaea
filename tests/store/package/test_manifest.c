/*
 * MANIFEST: the golden file pins the format; everything that is not exactly it is refused.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "store/base/cleanup.h"
#include "store/package/manifest.h"

#define GOLDEN	     "tests/format/manifest-1.txt"
#define ITEMS(array) (sizeof(array) / sizeof((array)[0]))

static char *golden; /* with a NUL */
static size_t golden_size;

static int read_golden(void **state)
{
	FILE *file = fopen(GOLDEN, "re");

	(void)state;
	golden = calloc(1, 65536);
	if (!file || !golden)
		return -1;
	golden_size = fread(golden, 1, 65535, file);
	return fclose(file) || golden_size == 0 ? -1 : 0;
}

static int free_golden(void **state)
{
	(void)state;
	free(golden);
	return 0;
}

static struct digest sum(const char *text)
{
	return digest_of(slice_text(text));
}

static void fill_example(struct manifest *manifest)
{
	static struct manifest_servlink servlinks[2];
	static struct manifest_path paths[] = {
		{ .kind = MANIFEST_DIRECTORY, .mode = 0755, .path = "CP" },
		{ .kind = MANIFEST_FILE, .mode = 04755, .size = 5, .path = "CP/bin/cp tool" },
		{ .kind = MANIFEST_HARDLINK,
		  .mode = 04755,
		  .target = "CP/bin/cp tool",
		  .path = "CP/bin/cpt" },
		{ .kind = MANIFEST_BLOCK,
		  .mode = 0660,
		  .gid = 6,
		  .major = 7,
		  .minor = 42,
		  .path = "CP/dev/loop42" },
		{ .kind = MANIFEST_CHAR,
		  .mode = 0666,
		  .major = 1,
		  .minor = 3,
		  .path = "CP/dev/null" },
		{ .kind = MANIFEST_FIFO, .mode = 0600, .uid = 1, .gid = 2, .path = "CP/dev/pipe" },
		{ .kind = MANIFEST_SOCKET,
		  .mode = 0600,
		  .uid = 4294967294,
		  .gid = 4294967294,
		  .path = "CP/dev/socket" },
		{ .kind = MANIFEST_SYMLINK,
		  .mode = 0777,
		  .target = "../a b\xff",
		  .path = "CP/link" },
		{ .kind = MANIFEST_WHITEOUT, .path = "CP/old" },
		{ .kind = MANIFEST_WHITEOUT, .path = "CP/turned" },
		{ .kind = MANIFEST_FILE, .mode = 0644, .path = "CP/turned" },
		{ .kind = MANIFEST_DIRECTORY,
		  .mode = 0755,
		  .path = "CP/\xc3\xbc\n\x7f\xc2\x85\x80" },
		{ .kind = MANIFEST_DIRECTORY, .tree = MANIFEST_APPLY, .mode = 0755, .path = "CP" },
		{ .kind = MANIFEST_FILE,
		  .tree = MANIFEST_APPLY,
		  .mode = 0644,
		  .size = 1,
		  .path = "CP/UM90001" },
		{ .kind = MANIFEST_WHITEOUT, .path = "TCPIP" },
	};

	servlinks[0] = (struct manifest_servlink){ "CP", 4096, sum("CP") };
	servlinks[1] = (struct manifest_servlink){ "TCPIP", UINT64_MAX, sum("TCPIP") };
	paths[1].digest = sum("hello");
	paths[10].digest = sum("");
	paths[13].digest = sum("x");
	*manifest = (struct manifest){
		.release = "720",
		.level = "VM010802_BLD2",
		.against = "BASE",
		.basedon = "VM010102_BLD1",
		.esm = "NONESM",
		.description = "August RSU \\ caf\xc3\xa9\ttab",
		.digest = sum("level"),
		.against_digest = sum("against"),
		.servlinks = servlinks,
		.servlink_count = ITEMS(servlinks),
		.paths = paths,
		.path_count = ITEMS(paths),
	};
}

static void assert_paths_equal(const struct manifest_path *a, const struct manifest_path *b)
{
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->tree, b->tree);
	assert_string_equal(a->path, b->path);
	assert_int_equal(a->mode, b->mode);
	assert_int_equal(a->uid, b->uid);
	assert_int_equal(a->gid, b->gid);
	assert_int_equal(a->size, b->size);
	assert_memory_equal(&a->digest, &b->digest, sizeof(a->digest));
	assert_int_equal(a->major, b->major);
	assert_int_equal(a->minor, b->minor);
	assert_true(!a->target == !b->target);
	if (a->target)
		assert_string_equal(a->target, b->target);
}

/* ---- the format ---- */

static void manifest_encode__gives_the_golden_file(void **state)
{
	_cleanup_(buffer_release) struct buffer text = BUFFER_INIT;
	struct manifest manifest;

	(void)state;
	fill_example(&manifest);
	manifest_encode(&manifest, &text);
	buffer_u8(&text, '\0');
	assert_false(buffer_failed(&text));
	assert_string_equal((char *)text.data, golden);
}

static void manifest_parse__understands_the_golden_file(void **state)
{
	_cleanup_(manifest_release) struct manifest manifest = MANIFEST_INIT;
	struct manifest example;

	(void)state;
	fill_example(&example);
	assert_int_equal(manifest_parse(slice_of(golden, golden_size), &manifest), 0);
	assert_string_equal(manifest.release, example.release);
	assert_string_equal(manifest.level, example.level);
	assert_string_equal(manifest.against, example.against);
	assert_string_equal(manifest.basedon, example.basedon);
	assert_string_equal(manifest.esm, example.esm);
	assert_string_equal(manifest.description, example.description);
	assert_true(digest_equal(&manifest.digest, &example.digest));
	assert_true(digest_equal(&manifest.against_digest, &example.against_digest));
	assert_int_equal(manifest.servlink_count, example.servlink_count);
	for (size_t i = 0; i < example.servlink_count; i++) {
		assert_string_equal(manifest.servlinks[i].component,
				    example.servlinks[i].component);
		assert_int_equal(manifest.servlinks[i].size, example.servlinks[i].size);
		assert_true(
			digest_equal(&manifest.servlinks[i].digest, &example.servlinks[i].digest));
	}
	assert_int_equal(manifest.path_count, example.path_count);
	for (size_t i = 0; i < example.path_count; i++)
		assert_paths_equal(&manifest.paths[i], &example.paths[i]);
}

static void manifest_parse__a_package_without_changes_has_a_record_only(void **state)
{
	_cleanup_(manifest_release) struct manifest parsed = MANIFEST_INIT;
	_cleanup_(buffer_release) struct buffer text = BUFFER_INIT;
	struct manifest manifest;

	(void)state;
	fill_example(&manifest);
	manifest.description = "";
	manifest.servlink_count = manifest.path_count = 0;
	manifest_encode(&manifest, &text);
	assert_int_equal(manifest_parse(buffer_slice(&text), &parsed), 0);
	assert_string_equal(parsed.description, "");
	assert_int_equal(parsed.servlink_count, 0);
	assert_int_equal(parsed.path_count, 0);
}

static void manifest_parse__every_byte_of_a_name_comes_back(void **state)
{
	struct manifest manifest;
	char path[64], target[64];

	(void)state;
	fill_example(&manifest);
	manifest.path_count = 1;
	for (unsigned byte = 1; byte < 256; byte++) {
		_cleanup_(manifest_release) struct manifest parsed = MANIFEST_INIT;
		_cleanup_(buffer_release) struct buffer text = BUFFER_INIT;
		struct manifest_path line = { .kind = MANIFEST_SYMLINK,
					      .path = path,
					      .target = target };

		if (byte == '/')
			continue;
		snprintf(path, sizeof(path), "CP/x%cy%c", (char)byte, (char)byte);
		snprintf(target, sizeof(target), "%c%c", (char)byte, (char)byte);
		manifest.paths = &line;
		manifest_encode(&manifest, &text);
		assert_int_equal(manifest_parse(buffer_slice(&text), &parsed), 0);
		assert_string_equal(parsed.paths[0].path, path);
		assert_string_equal(parsed.paths[0].target, target);
	}
}

static void manifest_encode__the_text_is_utf_8_without_control_characters(void **state)
{
	static const struct {
		const char *name, *text;
	} cases[] = {
		{ "\xc3\xa9", "\xc3\xa9" },			/* two bytes */
		{ "\xe2\x82\xac", "\xe2\x82\xac" },		/* three */
		{ "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80" },	/* four */
		{ "\xc0\xaf", "\\300\\257" },			/* a long form of '/' */
		{ "\xe0\x80\xaf", "\\340\\200\\257" },		/* a longer one */
		{ "\xed\xa0\x80", "\\355\\240\\200" },		/* a surrogate */
		{ "\xf4\x90\x80\x80", "\\364\\220\\200\\200" }, /* behind U+10FFFF */
		{ "\xc2\x9b"
		  "31m",
		  "\\302\\23331m" }, /* a terminal's CSI */
		{ "\x1b[31m", "\\033[31m" },
		{ "\xe2\x82", "\\342\\202" }, /* cut off */
		{ "\xf0\x9f\x98", "\\360\\237\\230" },
		{ "a\nb c\\", "a\\012b\\040c\\134" },
	};

	(void)state;
	for (size_t i = 0; i < ITEMS(cases); i++) {
		_cleanup_(buffer_release) struct buffer text = BUFFER_INIT;
		struct manifest_path line = { .kind = MANIFEST_WHITEOUT, .path = cases[i].name };
		char wanted[128];

		snprintf(wanted, sizeof(wanted), "whiteout build %s\n", cases[i].text);
		manifest_encode_path(&line, &text);
		buffer_u8(&text, '\0');
		assert_string_equal((char *)text.data, wanted);
	}
}

/* ---- refusals ---- */

/* The golden text with one piece replaced is refused. */
static void assert_refused(const char *piece, const char *instead)
{
	const char *found = strstr(golden, piece);
	_cleanup_(buffer_release) struct buffer text = BUFFER_INIT;
	struct manifest manifest = MANIFEST_INIT;

	assert_non_null(found);
	buffer_add(&text, golden, (size_t)(found - golden));
	buffer_text(&text, instead);
	buffer_text(&text, found + strlen(piece));
	if (manifest_parse(buffer_slice(&text), &manifest) != -EBADMSG)
		fail_msg("'%s' instead of '%s' was not refused", instead, piece);
	assert_null(manifest.text);
}

static void manifest_parse__another_form_is_refused(void **state)
{
	(void)state;
	assert_refused("csmfs manifest 1\n", "csmfs manifest 2\n");
	assert_refused("csmfs manifest 1\n", "csmfs manifest 1 \n");
	assert_refused("csmfs manifest 1\n", "");
	assert_refused("csmfs manifest 1\n", "\xef\xbb\xbf"
					     "csmfs manifest 1\n");
}

static void manifest_parse__a_record_with_something_missing_is_refused(void **state)
{
	(void)state;
	assert_refused("release 720\n", "");
	assert_refused("release 720", "release 72");
	assert_refused("release 720", "release 7z0");
	assert_refused("release 720", "release");
	assert_refused("level VM010802_BLD2\n", "");
	assert_refused("level VM010802_BLD2", "level ../VM010802");
	assert_refused("level VM010802_BLD2", "level .hidden");
	assert_refused("against BASE\nbasedon VM010102_BLD1\n",
		       "basedon VM010102_BLD1\nagainst BASE\n");
	assert_refused("esm NONESM\n", "");
	assert_refused("esm NONESM\n", "esm NONESM\nesm NONESM\n");
	assert_refused("description August", "description  August\ndescription August");
	assert_refused("against-digest ", "against-digest 0");
}

static void manifest_parse__other_spellings_are_refused(void **state)
{
	(void)state;
	assert_refused("servlink CP.SERVLINK 4096 ", "servlink CP.SERVLINK 04096 ");
	assert_refused("servlink CP.SERVLINK 4096 ", "servlink CP.SERVLINK +4096 ");
	assert_refused("servlink CP.SERVLINK 4096 ", "servlink CP.SERVLINK  4096 ");
	assert_refused("18446744073709551615", "18446744073709551616");
	assert_refused("18446744073709551615", "99999999999999999999");
	assert_refused("directory 0755 ", "directory 755 ");
	assert_refused("directory 0755 ", "directory 00755 ");
	assert_refused("directory 0755 ", "directory 0758 ");
	assert_refused("directory 0755 ", "directory 10755 ");
	assert_refused("4294967294:4294967294", "4294967294:4294967296");
	assert_refused(" 0:6 ", " 0 ");
	assert_refused(" 0:6 ", " 0:06 ");
	assert_refused(" 7:42 ", " 7 ");
	assert_refused("CP/dev/pipe\n", "CP/dev/pipe \n");
	assert_refused("CP/dev/pipe\n", "CP/dev/pipe\r\n");
	assert_refused("CP/dev/pipe\n", "CP/dev/p\\151pe\n");
	assert_refused("CP/dev/pipe\n", "CP/dev/p\\15\n");
	assert_refused("CP/dev/pipe\n", "CP/dev/p\\000pe\n");
	assert_refused("CP/dev/pipe\n", "CP/dev/p\\400pe\n");
	assert_refused("fifo 0600 1:2 - - ", "fifo 0600 1:2 0 - ");
	assert_refused("fifo 0600 1:2 - - ", "fifo 0600 1:2 - x ");
	assert_refused("path build fifo", "path  build fifo");
	assert_refused("path build fifo", "path\tbuild fifo");
	assert_refused("path build fifo", "path built fifo");
	assert_refused("path build fifo", "path build pipe");
	assert_refused("path build fifo", "Path build fifo");
}

static void manifest_parse__a_sum_that_is_no_sum_is_refused(void **state)
{
	char text[DIGEST_TEXT_SIZE], upper[DIGEST_TEXT_SIZE];
	struct digest digest = sum("hello");

	(void)state;
	digest_text(&digest, text);
	snprintf(upper, sizeof(upper), "%s", text);
	for (char *at = upper; *at; at++)
		if (*at >= 'a' && *at <= 'f')
			*at = (char)(*at - 'a' + 'A');
	assert_string_not_equal(text, upper);
	assert_refused(text, upper);
	assert_refused(text, "-");
	assert_refused(text, "00");
}

static void manifest_parse__paths_that_leave_their_component_are_refused(void **state)
{
	(void)state;
	assert_refused("CP/dev/null\n", "/dev/null\n");
	assert_refused("CP/dev/null\n", "../null\n");
	assert_refused("CP/dev/null\n", "CP/../null\n");
	assert_refused("CP/dev/null\n", "CP/dev/..\n");
	assert_refused("CP/dev/null\n", "CP/dev/.\n");
	assert_refused("CP/dev/null\n", "CP/./null\n");
	assert_refused("CP/dev/null\n", "CP//null\n");
	assert_refused("CP/dev/null\n", "CP/dev/null/\n");
	assert_refused("CP/dev/null\n", "CPX/dev/null\n");
	assert_refused("- CP/bin/cp\\040tool CP/bin/cpt", "- ../shadow CP/bin/cpt");
	assert_refused("- CP/bin/cp\\040tool CP/bin/cpt", "- /etc/shadow CP/bin/cpt");
}

static void manifest_parse__paths_below_what_is_no_directory_are_refused(void **state)
{
	(void)state;
	assert_refused("CP/link\n", "CP/link\npath build directory 0755 0:0 - - CP/link/sub\n");
	assert_refused("CP/dev/pipe\n", "CP/dev/pipe\nwhiteout build CP/dev/pipe/old\n");
	assert_refused("whiteout build CP/old\n",
		       "whiteout build CP/old\npath build directory 0755 0:0 - - CP/old/sub\n");
}

static void manifest_parse__hard_links_to_no_path_before_them_are_refused(void **state)
{
	(void)state;
	assert_refused("- CP/bin/cp\\040tool CP/bin/cpt", "- CP/bin/other CP/bin/cpt");
	assert_refused("- CP/bin/cp\\040tool CP/bin/cpt", "- CP/bin/cpt CP/bin/cpt");
	assert_refused("- CP/bin/cp\\040tool CP/bin/cpt", "- CP/link CP/bin/cpt");
	assert_refused("- CP/bin/cp\\040tool CP/bin/cpt", "- CP CP/bin/cpt");
	assert_refused("- CP/bin/cp\\040tool CP/bin/cpt", "- TCPIP/bin/cp CP/bin/cpt");
	assert_refused("path apply file 0644 0:0 1 2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881 ",
		       "path apply hardlink 0644 0:0 - CP/link ");
}

static void manifest_parse__paths_out_of_order_are_refused(void **state)
{
	(void)state;
	assert_refused("whiteout build CP/old\n", "whiteout build CP/old\nwhiteout build CP/old\n");
	assert_refused("whiteout build CP/old\n", "whiteout build CP/zz\n");
	assert_refused("whiteout build CP/old\n", "whiteout build CP/aa\n");
	assert_refused("whiteout build CP/old\n", "whiteout apply CP/old\n");
	assert_refused("whiteout build TCPIP\n", "whiteout build TCPIP\nwhiteout build CP/zz\n");
}

static void manifest_parse__paths_without_a_servlink_are_refused(void **state)
{
	(void)state;
	assert_refused("whiteout build TCPIP\n", "whiteout build DEBIAN\n");
	assert_refused("servlink TCPIP.SERVLINK", "servlink TCPIQ.SERVLINK");
}

static void manifest_parse__servlinks_that_are_no_component_are_refused(void **state)
{
	(void)state;
	assert_refused("servlink TCPIP.SERVLINK", "servlink TCPIP.TAR");
	assert_refused("servlink TCPIP.SERVLINK", "servlink .SERVLINK");
	assert_refused("servlink TCPIP.SERVLINK", "servlink .APPLY.SERVLINK");
	assert_refused("servlink TCPIP.SERVLINK", "servlink a/TCPIP.SERVLINK");
	assert_refused("servlink TCPIP.SERVLINK", "servlink BP.SERVLINK");
	assert_refused("servlink TCPIP.SERVLINK", "servlink CP.SERVLINK");
}

static void manifest_parse__a_nul_byte_is_refused(void **state)
{
	struct manifest manifest = MANIFEST_INIT;

	(void)state;
	assert_int_equal(manifest_parse(slice_of(golden, golden_size + 1), &manifest), -EBADMSG);
	assert_int_equal(manifest_parse(slice_of("", 0), &manifest), -EBADMSG);
}

static void manifest_parse__a_text_cut_inside_a_line_is_refused(void **state)
{
	(void)state;
	for (size_t size = 0; size < golden_size; size++) {
		_cleanup_(manifest_release) struct manifest manifest = MANIFEST_INIT;
		int r;

		if (size > 0 && golden[size - 1] == '\n')
			continue;
		/* A copy of just that size: a sanitizer sees a read behind it. */
		_cleanup_free_ char *text = malloc(size + !size);

		memcpy(text, golden, size);
		r = manifest_parse(slice_of(text, size), &manifest);
		assert_int_equal(r, -EBADMSG);
	}
}

static void manifest_parse__what_is_accepted_has_one_spelling(void **state)
{
	static const char bytes[] = { '\n', ' ', '/', '.',    '0',	  '8', ':',
				      '\\', 'A', 'z', '\x7f', (char)0xc3, '-', '\t' };
	_cleanup_free_ char *text = strdup(golden);
	unsigned accepted = 0;

	(void)state;
	for (size_t i = 0; i < golden_size * sizeof(bytes); i++) {
		size_t at = i / sizeof(bytes);
		_cleanup_(manifest_release) struct manifest manifest = MANIFEST_INIT;
		_cleanup_(buffer_release) struct buffer again = BUFFER_INIT;

		text[at] = bytes[i % sizeof(bytes)];
		if (manifest_parse(slice_of(text, golden_size), &manifest) == 0) {
			accepted++;
			manifest_encode(&manifest, &again);
			assert_int_equal(again.size, golden_size);
			assert_memory_equal(again.data, text, golden_size);
		}
		text[at] = golden[at];
	}
	assert_int_not_equal(accepted, 0); /* a changed digit of a sum is still a MANIFEST */
}

static void manifest_compare_paths__a_directory_comes_before_what_is_in_it(void **state)
{
	static const char *const ordered[] = { "a",   "a/b", "a/b/c", "a/c", "a b",
					       "a-b", "a.b", "ab",    "b",   "\xc3\xbc" };

	(void)state;
	for (size_t i = 0; i < ITEMS(ordered); i++)
		for (size_t k = 0; k < ITEMS(ordered); k++) {
			int order = manifest_compare_paths(ordered[i], ordered[k]);

			assert_true(i < k ? order < 0 : i > k ? order > 0 : order == 0);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(manifest_encode__gives_the_golden_file),
		cmocka_unit_test(manifest_parse__understands_the_golden_file),
		cmocka_unit_test(manifest_parse__a_package_without_changes_has_a_record_only),
		cmocka_unit_test(manifest_parse__every_byte_of_a_name_comes_back),
		cmocka_unit_test(manifest_encode__the_text_is_utf_8_without_control_characters),
		cmocka_unit_test(manifest_parse__another_form_is_refused),
		cmocka_unit_test(manifest_parse__a_record_with_something_missing_is_refused),
		cmocka_unit_test(manifest_parse__other_spellings_are_refused),
		cmocka_unit_test(manifest_parse__a_sum_that_is_no_sum_is_refused),
		cmocka_unit_test(manifest_parse__paths_that_leave_their_component_are_refused),
		cmocka_unit_test(manifest_parse__paths_below_what_is_no_directory_are_refused),
		cmocka_unit_test(manifest_parse__hard_links_to_no_path_before_them_are_refused),
		cmocka_unit_test(manifest_parse__paths_out_of_order_are_refused),
		cmocka_unit_test(manifest_parse__paths_without_a_servlink_are_refused),
		cmocka_unit_test(manifest_parse__servlinks_that_are_no_component_are_refused),
		cmocka_unit_test(manifest_parse__a_nul_byte_is_refused),
		cmocka_unit_test(manifest_parse__a_text_cut_inside_a_line_is_refused),
		cmocka_unit_test(manifest_parse__what_is_accepted_has_one_spelling),
		cmocka_unit_test(manifest_compare_paths__a_directory_comes_before_what_is_in_it),
	};

	return cmocka_run_group_tests(tests, read_golden, free_golden);
}
