/*
 * Managed systems: the table, attributes, logs that outlive them, the text of the table
 * (behaviours 8, 10, 49, 59 to 61).
 */
#include "tests/support/release_fixture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/base/cleanup.h"

static uint32_t added(struct release_fixture *fixture, const char *name)
{
	struct system_info info;

	assert_int_equal(system_add(fixture->systems, name, TEST_UID, &info), 0);
	return info.id;
}

static int set(struct release_fixture *fixture, const char *name, const char *attribute,
	       const char *value)
{
	return system_set(fixture->systems, system_at(fixture, name).id, attribute, value,
			  TEST_UID);
}

static void assert_attribute(struct release_fixture *fixture, const char *name,
			     const char *attribute, const char *expected)
{
	struct buffer value = BUFFER_INIT;
	char *text;

	assert_int_equal(
		system_get(fixture->systems, system_at(fixture, name).id, attribute, &value), 0);
	text = buffer_detach_text(&value);
	assert_string_equal(text, expected);
	free(text);
}

/* ---- the table ---- */

/* 49: a row and a directory. */
static void add__gives_a_system_without_links_and_with_a_log(void **state)
{
	struct release_fixture *fixture = *state;
	uint32_t id = added(fixture, "vm01");

	for (int opened = 0; opened < 2; opened++) {
		struct system_info info = system_at(fixture, "vm01");
		struct inode log;

		assert_int_equal(info.id, id);
		for (int link = 0; link < LINK_COUNT; link++)
			assert_int_equal(info.level[link], 0);
		assert_int_equal(space_inode(filespace_files(fixture->filespace), info.log, &log),
				 0);
		assert_true(S_ISDIR(log.mode));
		release_reopen(fixture);
	}
}

static void add__names_are_checked_and_unique_without_regard_to_case(void **state)
{
	struct release_fixture *fixture = *state;
	struct system_info info;

	added(fixture, "vm01");
	assert_int_equal(system_add(fixture->systems, "vm01", TEST_UID, &info), -CSM_SYSTEM_EXISTS);
	assert_int_equal(system_add(fixture->systems, "VM01", TEST_UID, &info), -CSM_SYSTEM_EXISTS);
	assert_int_equal(system_add(fixture->systems, "-vm", TEST_UID, &info), -CSM_NAME_BAD);
	assert_int_equal(system_add(fixture->systems, "", TEST_UID, &info), -CSM_NAME_BAD);
	assert_int_equal(system_find(fixture->systems, "VM01", &info),
			 -ENOENT); /* the tree is exact */
}

/* A system may have a name that no level may have. */
static void add__reserved_words_of_levels_are_free(void **state)
{
	added(*state, "BASE");
}

/* 45 in csmfs's form: no limit. */
static void add__more_than_54_systems(void **state)
{
	struct release_fixture *fixture = *state;
	char name[16];

	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "vm%d", i);
		added(fixture, name);
	}
	release_reopen(fixture);
	assert_string_equal(system_at(fixture, "vm99").name, "vm99");
}

static void find__by_id(void **state)
{
	struct release_fixture *fixture = *state;
	uint32_t first = added(fixture, "a"), second = added(fixture, "b");
	struct system_info info;

	assert_int_equal(system_by_id(fixture->systems, second, &info), 0);
	assert_string_equal(info.name, "b");
	assert_int_equal(system_delete(fixture->systems, "a", TEST_UID), 0);
	assert_int_equal(system_by_id(fixture->systems, first, &info), -ENOENT);
	assert_int_equal(system_by_id(fixture->systems, second, &info), 0);
}

static int join(void *context, const struct system_info *info)
{
	buffer_text(context, info->name);
	return info->name[0] == 'c';
}

static void each__in_order_of_creation_until_told_to_stop(void **state)
{
	struct release_fixture *fixture = *state;
	struct buffer names = BUFFER_INIT;
	_cleanup_free_ char *text = NULL;

	added(fixture, "b");
	added(fixture, "a");
	added(fixture, "c");
	added(fixture, "d");
	assert_int_equal(systems_each(fixture->systems, join, &names), 1);
	text = buffer_detach_text(&names);
	assert_string_equal(text, "bac");
}

/* 60: the row goes, the logs stay and are found by who comes back. */
static void delete__keeps_the_logs_for_a_system_of_that_name(void **state)
{
	struct release_fixture *fixture = *state;
	struct space *files = filespace_files(fixture->filespace);
	struct system_info info;
	uint64_t log;
	uint32_t id = added(fixture, "vm01");

	log = system_at(fixture, "vm01").log;
	fixture_file(files, log, "servcheck", "drift");
	assert_int_equal(system_delete(fixture->systems, "vm01", TEST_UID), 0);
	assert_int_equal(system_find(fixture->systems, "vm01", &info), -ENOENT);
	release_reopen(fixture);
	files = filespace_files(fixture->filespace);
	assert_int_equal(system_find(fixture->systems, "vm01", &info), -ENOENT);
	assert_true(added(fixture, "VM01") > id);
	assert_int_equal(system_at(fixture, "VM01").log, log);
	assert_int_not_equal(fixture_path(files, "systems/VM01/servcheck"), 0);
}

static void delete__an_unknown_system(void **state)
{
	struct release_fixture *fixture = *state;

	assert_int_equal(system_delete(fixture->systems, "vm01", TEST_UID), -ENOENT);
	added(fixture, "vm01");
	assert_int_equal(system_delete(fixture->systems, "VM01", TEST_UID), -ENOENT);
}

static void systems__of_two_releases_are_apart(void **state)
{
	struct release_fixture *fixture = *state;
	struct filespace *other;
	struct systems *systems;
	struct system_info info;

	added(fixture, "vm01");
	assert_int_equal(filespace_create(fixture->trees, "730"), 0);
	assert_int_equal(filespace_open(fixture->trees, "730", &other), 0);
	assert_int_equal(systems_open(other, &systems), 0);
	assert_int_equal(system_find(systems, "vm01", &info), -ENOENT);
	assert_int_equal(system_add(systems, "vm01", TEST_UID, &info), 0);
	systems_close(systems);
	filespace_close(other);
}

/* ---- attributes ---- */

static void attribute__is_kept(void **state)
{
	struct release_fixture *fixture = *state;

	added(fixture, "vm01");
	assert_int_equal(set(fixture, "vm01", "host", "root@vm01.example.com"), 0);
	assert_int_equal(set(fixture, "vm01", "port", "4535"), 0);
	assert_int_equal(set(fixture, "vm01", "commtype", "ssh"), 0);
	assert_int_equal(set(fixture, "vm01", "esm", "RACF"), 0);
	assert_int_equal(set(fixture, "vm01", "secure", "norequire"), 0);
	assert_int_equal(set(fixture, "vm01", "description", "first floor"), 0);
	release_reopen(fixture);
	assert_attribute(fixture, "vm01", "host", "root@vm01.example.com");
	assert_attribute(fixture, "vm01", "port", "4535");
	assert_attribute(fixture, "vm01", "commtype", "ssh");
	assert_attribute(fixture, "vm01", "esm", "RACF");
	assert_attribute(fixture, "vm01", "secure", "norequire");
	assert_attribute(fixture, "vm01", "description", "first floor");
}

static void attribute__never_set_has_no_value(void **state)
{
	struct release_fixture *fixture = *state;
	struct buffer value = BUFFER_INIT;
	uint32_t id = added(fixture, "vm01");

	for (const char *const *name = system_attributes(); *name; name++)
		assert_int_equal(system_get(fixture->systems, id, *name, &value), -ENODATA);
	assert_int_equal(system_get(fixture->systems, id, "colour", &value),
			 -CSM_ATTRIBUTE_UNKNOWN);
	assert_int_equal(system_get(fixture->systems, id + 1, "host", &value), -ENOENT);
}

static void attribute__null_takes_it_away(void **state)
{
	struct release_fixture *fixture = *state;
	struct buffer value = BUFFER_INIT;
	uint32_t id = added(fixture, "vm01");

	assert_int_equal(set(fixture, "vm01", "host", "h"), 0);
	assert_int_equal(set(fixture, "vm01", "host", NULL), 0);
	assert_int_equal(set(fixture, "vm01", "host", NULL), -ENODATA);
	release_reopen(fixture);
	assert_int_equal(system_get(fixture->systems, id, "host", &value), -ENODATA);
}

/* A host goes into ssh's argument list: it must never look like an option. */
static void attribute__bad_values_are_refused_and_change_nothing(void **state)
{
	static const char *const bad[][2] = {
		{ "host", "" },	      { "host", "-oProxyCommand=x" },
		{ "host", "a b" },    { "host", "a;b" },
		{ "host", "a\nb" },   { "port", "" },
		{ "port", "0" },      { "port", "65536" },
		{ "port", "22x" },    { "port", "-1" },
		{ "port", "100000" }, { "commtype", "a b" },
		{ "commtype", "-x" }, { "esm", "a b" },
		{ "esm", "" },	      { "secure", "a\nb" },
	};
	struct release_fixture *fixture = *state;
	char text[SYSTEM_VALUE_MAX + 2] = { 0 };

	added(fixture, "vm01");
	assert_int_equal(set(fixture, "vm01", "host", "good"), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(set(fixture, "vm01", bad[i][0], bad[i][1]), -CSM_VALUE_BAD);
	memset(text, 't', SYSTEM_VALUE_MAX + 1);
	assert_int_equal(set(fixture, "vm01", "description", text), -CSM_VALUE_BAD);
	assert_int_equal(set(fixture, "vm01", "colour", "red"), -CSM_ATTRIBUTE_UNKNOWN);
	assert_attribute(fixture, "vm01", "host", "good");
	text[SYSTEM_VALUE_MAX] = 0;
	assert_int_equal(set(fixture, "vm01", "description", text), 0);
}

static void attribute__addresses_are_hosts_too(void **state)
{
	struct release_fixture *fixture = *state;

	added(fixture, "vm01");
	assert_int_equal(set(fixture, "vm01", "host", "192.0.2.7"), 0);
	assert_int_equal(set(fixture, "vm01", "host", "[fe80::1%eth0]"), 0);
	assert_int_equal(set(fixture, "vm01", "port", "65535"), 0);
	assert_int_equal(set(fixture, "vm01", "port", "1"), 0);
}

/* 61: MODIFY changes transport data only. */
static void attribute__changing_one_leaves_the_links(void **state)
{
	struct release_fixture *fixture = *state;
	uint32_t id = added(fixture, "vm01");

	level_made(fixture, "L1", "BASE");
	assert_int_equal(system_set_link(fixture->systems, id, LINK_TEST,
					 level_id(level_at(fixture, "L1")), TEST_UID),
			 0);
	assert_int_equal(set(fixture, "vm01", "host", "h"), 0);
	assert_string_equal(link_of(fixture, "vm01", LINK_TEST), "L1");
	assert_int_equal(system_at(fixture, "vm01").flips[LINK_TEST], 1);
}

static void log__has_a_line_for_every_operation(void **state)
{
	struct release_fixture *fixture = *state;
	struct system_info info;
	char *line;

	added(fixture, "vm01");
	line = last_log_line(fixture);
	assert_string_equal(line, "uid=7 addsystem vm01 ok");
	free(line);
	assert_int_equal(system_add(fixture->systems, "VM01", TEST_UID, &info), -CSM_SYSTEM_EXISTS);
	line = last_log_line(fixture);
	assert_non_null(strstr(line, "uid=7 addsystem VM01 refused SYSTEM_EXISTS"));
	free(line);
	assert_int_equal(set(fixture, "vm01", "port", "x"), -CSM_VALUE_BAD);
	line = last_log_line(fixture);
	assert_non_null(strstr(line, "uid=7 modify vm01 refused VALUE_BAD"));
	free(line);
	assert_int_equal(system_delete(fixture->systems, "vm01", TEST_UID), 0);
	line = last_log_line(fixture);
	assert_string_equal(line, "uid=7 deletesystem vm01 ok");
	free(line);
}

/* ---- the table as text (8, 10, 59) ---- */

static char *sysstat(struct release_fixture *fixture)
{
	struct buffer text = BUFFER_INIT;

	assert_int_equal(systems_sysstat(fixture->systems, &text), 0);
	return buffer_detach_text(&text);
}

static void sysstat__has_a_record_for_each_system(void **state)
{
	struct release_fixture *fixture = *state;
	_cleanup_free_ char *text = NULL;
	uint32_t id = added(fixture, "vm01");
	const char *second;

	level_made(fixture, "L1", "BASE");
	level_made_stable(fixture, "L1");
	level_made(fixture, "L2", "L1");
	assert_int_equal(system_set_link(fixture->systems, id, LINK_PRODUCTION,
					 level_id(level_at(fixture, "L1")), TEST_UID),
			 0);
	assert_int_equal(system_set_link(fixture->systems, id, LINK_TEST,
					 level_id(level_at(fixture, "L2")), TEST_UID),
			 0);
	assert_int_equal(set(fixture, "vm01", "host", "h1"), 0);
	assert_int_equal(set(fixture, "vm01", "port", "22"), 0);
	added(fixture, "vm02");
	text = sysstat(fixture);
	assert_int_equal(
		strncmp(text,
			":SYSTEM.vm01\n:VRM.720\n:SRVLVL.L2\n:HOST.h1\n:PORT.22\n:COMMTYPE.\n"
			":SECURE.\n:ESM.NONESM\n:SENT.",
			86),
		0);
	assert_non_null(strstr(text, "\n:PRODLVL.L1\n:STATUS.TEST."));
	assert_non_null(strstr(text, "\n:TESTLVL.L2\n:PREVLVL.\n:DESC.\n\n:SYSTEM.vm02\n"));
	second = strstr(text, ":SYSTEM.vm02");
	assert_non_null(strstr(second, ":SRVLVL.\n"));
	assert_non_null(strstr(second, ":SENT.\n:PRODLVL.\n:STATUS.ADDED."));
}

static void sysstat__a_description_cannot_make_a_tag(void **state)
{
	struct release_fixture *fixture = *state;
	_cleanup_free_ char *text = NULL;

	added(fixture, "vm01");
	assert_int_equal(set(fixture, "vm01", "description", "x\n:PRODLVL.L9"), 0);
	text = sysstat(fixture);
	assert_non_null(strstr(text, ":DESC.x\\x0a:PRODLVL.L9\n"));
}

/* ---- crashes ---- */

static int act_add(struct release_fixture *fixture)
{
	struct system_info info;

	return system_add(fixture->systems, "vm01", TEST_UID, &info);
}

static bool is_added(struct release_fixture *fixture)
{
	struct system_info info;
	struct inode log;

	return system_find(fixture->systems, "vm01", &info) == 0 &&
	       space_inode(filespace_files(fixture->filespace), info.log, &log) == 0;
}

static bool is_absent(struct release_fixture *fixture)
{
	struct system_info info;

	return system_find(fixture->systems, "vm01", &info) == -ENOENT;
}

/* 49: if any part fails, none remains. */
static void add__a_crash_leaves_the_system_or_none(void **state)
{
	(void)state;
	release_crash(&(struct crash_case){ NULL, act_add, is_absent, is_added });
}

static void prepare_delete(struct release_fixture *fixture)
{
	added(fixture, "vm01");
}

static int act_delete(struct release_fixture *fixture)
{
	return system_delete(fixture->systems, "vm01", TEST_UID);
}

static void delete__a_crash_leaves_the_system_or_none(void **state)
{
	(void)state;
	release_crash(&(struct crash_case){ prepare_delete, act_delete, is_added, is_absent });
}

#define WITH_RELEASE(test) cmocka_unit_test_setup_teardown(test, release_setup, release_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_RELEASE(add__gives_a_system_without_links_and_with_a_log),
		WITH_RELEASE(add__names_are_checked_and_unique_without_regard_to_case),
		WITH_RELEASE(add__reserved_words_of_levels_are_free),
		WITH_RELEASE(add__more_than_54_systems),
		WITH_RELEASE(find__by_id),
		WITH_RELEASE(each__in_order_of_creation_until_told_to_stop),
		WITH_RELEASE(delete__keeps_the_logs_for_a_system_of_that_name),
		WITH_RELEASE(delete__an_unknown_system),
		WITH_RELEASE(systems__of_two_releases_are_apart),
		WITH_RELEASE(attribute__is_kept),
		WITH_RELEASE(attribute__never_set_has_no_value),
		WITH_RELEASE(attribute__null_takes_it_away),
		WITH_RELEASE(attribute__bad_values_are_refused_and_change_nothing),
		WITH_RELEASE(attribute__addresses_are_hosts_too),
		WITH_RELEASE(attribute__changing_one_leaves_the_links),
		WITH_RELEASE(log__has_a_line_for_every_operation),
		WITH_RELEASE(sysstat__has_a_record_for_each_system),
		WITH_RELEASE(sysstat__a_description_cannot_make_a_tag),
		cmocka_unit_test(add__a_crash_leaves_the_system_or_none),
		cmocka_unit_test(delete__a_crash_leaves_the_system_or_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
