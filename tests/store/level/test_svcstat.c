/*
 * The service level table as text (behaviours 8, 9, 11, 43).
 */
#include "tests/support/release_fixture.h"

#include <stdlib.h>
#include <string.h>

#include "store/base/cleanup.h"
#include "store/level/tag.h"

static char *svcstat(struct release_fixture *fixture)
{
	struct buffer text = BUFFER_INIT;

	assert_int_equal(filespace_svcstat(fixture->filespace, &text), 0);
	return buffer_detach_text(&text);
}

/* The tags of text, in order, without values. */
static char *tags_of(const char *text)
{
	char *tags = calloc(1, strlen(text) + 1);
	size_t size = 0;

	assert_non_null(tags);
	for (const char *line = text; *line; line = strchr(line, '\n') + 1) {
		size_t length = strcspn(line, ".\n");

		assert_non_null(strchr(line, '\n'));
		memcpy(tags + size, line, length);
		size += length;
		if (length == 0)
			tags[size++] = '|';
	}
	return tags;
}

static void svcstat__every_level_has_every_tag_with_the_key_first(void **state)
{
	struct release_fixture *fixture = *state;
	_cleanup_free_ char *text = NULL, *tags = NULL;

	level_made(fixture, "L1", "BASE");
	text = svcstat(fixture);
	tags = tags_of(text);
	assert_string_equal(
		tags, ":SRVLVL:VRM:BASEDON:DESC:ESM:STATE:LOCK:CREATED:PACKAGED:PKGID:PKGSTAT|"
		      ":SRVLVL:VRM:BASEDON:DESC:ESM:STATE:LOCK:CREATED:PACKAGED:PKGID:PKGSTAT");
}

static void svcstat__says_what_is_so(void **state)
{
	struct release_fixture *fixture = *state;
	_cleanup_free_ char *text = NULL;

	level_made(fixture, "L1", "BASE");
	assert_int_equal(level_set_description(level_at(fixture, "L1"), "August RSU", TEST_UID), 0);
	assert_int_equal(level_set_esm(level_at(fixture, "L1"), "RACF", TEST_UID), 0);
	level_made_stable(fixture, "L1");
	level_made(fixture, "L2", "L1");
	release_reopen(fixture);
	text = svcstat(fixture);
	assert_non_null(
		strstr(text, ":SRVLVL.BASE\n:VRM.720\n:BASEDON.\n:DESC.\n:ESM.NONESM\n:STATE.TEST\n"
			     ":LOCK.ON\n"));
	assert_non_null(strstr(text,
			       ":SRVLVL.L1\n:VRM.720\n:BASEDON.BASE\n:DESC.August RSU\n:ESM.RACF\n"
			       ":STATE.STABLE\n:LOCK.ON\n"));
	assert_non_null(
		strstr(text, ":SRVLVL.L2\n:VRM.720\n:BASEDON.L1\n:DESC.\n:ESM.NONESM\n:STATE.TEST\n"
			     ":LOCK.OFF\n"));
	assert_non_null(strstr(
		text, ":PKGID.0101010101010101010101010101010101010101010101010101010101010101\n"));
	assert_non_null(strstr(text, ":PACKAGED.11/24/26.22:05:07."));
	assert_non_null(
		strstr(text, ":PACKAGED.\n:PKGID.\n:PKGSTAT.\n")); /* BASE and L2 have none */
}

static void svcstat__tells_a_current_package_from_a_stale_one(void **state)
{
	struct release_fixture *fixture = *state;
	_cleanup_free_ char *before = NULL, *after = NULL;

	assert_int_equal(level_set_lock(level_at(fixture, "BASE"), true, TEST_UID), 0);
	level_made(fixture, "L1", "BASE");
	assert_int_equal(level_pack(fixture, "L1", "BASE", 1), 0);
	release_reopen(fixture);
	before = svcstat(fixture);
	assert_non_null(strstr(before, ":PKGSTAT.CURRENT\n"));
	level_write(fixture, "L1", "x", "new");
	after = svcstat(fixture);
	assert_non_null(strstr(after, ":PKGSTAT.STALE\n"));
}

static void svcstat__a_description_cannot_make_a_tag(void **state)
{
	struct release_fixture *fixture = *state;
	_cleanup_free_ char *text = NULL;

	level_made(fixture, "L1", "BASE");
	assert_int_equal(level_set_description(level_at(fixture, "L1"), "a\n:STATE.STABLE\\\t",
					       TEST_UID),
			 0);
	text = svcstat(fixture);
	assert_non_null(strstr(text, ":DESC.a\\x0a:STATE.STABLE\\x5c\\x09\n"));
	assert_null(strstr(text, "\n:STATE.STABLE"));
}

static void tag__a_time_has_date_time_and_user(void **state)
{
	struct buffer bytes = BUFFER_INIT;
	struct tag_text text = TAG_TEXT_INIT(&bytes);
	struct timespec when = { 1795557907, 0 };
	_cleanup_free_ char *lines = NULL;

	(void)state;
	tag_begin(&text, "KEY", "a");
	tag_add_time(&text, "CREATED", NULL, &when, 0);
	tag_add_time(&text, "STATUS", "TEST", &when, 4000000001u);
	tag_begin(&text, "KEY", "b");
	lines = buffer_detach_text(&bytes);
	assert_string_equal(lines, ":KEY.a\n:CREATED.11/24/26.22:05:07.root\n"
				   ":STATUS.TEST.11/24/26.22:05:07.4000000001\n\n:KEY.b\n");
}

#define WITH_RELEASE(test) cmocka_unit_test_setup_teardown(test, release_setup, release_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_RELEASE(svcstat__every_level_has_every_tag_with_the_key_first),
		WITH_RELEASE(svcstat__says_what_is_so),
		WITH_RELEASE(svcstat__tells_a_current_package_from_a_stale_one),
		WITH_RELEASE(svcstat__a_description_cannot_make_a_tag),
		cmocka_unit_test(tag__a_time_has_date_time_and_user),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
