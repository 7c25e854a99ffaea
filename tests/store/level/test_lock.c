/*
 * Lock, state, description and ESM setting (behaviours 28 to 37).
 */
#include "tests/support/release_fixture.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "store/base/cleanup.h"

static int set_lock(struct release_fixture *fixture, const char *name, bool on)
{
	return level_set_lock(level_at(fixture, name), on, TEST_UID);
}

static int declare(struct release_fixture *fixture, const char *name)
{
	return level_declare_stable(level_at(fixture, name), TEST_UID);
}

/* ---- lock ---- */

/* 30 */
static void lock__refuses_writing_also_after_reopening(void **state)
{
	struct release_fixture *fixture = *state;

	level_made(fixture, "L1", "BASE");
	level_write(fixture, "L1", "x", "one");
	assert_int_equal(set_lock(fixture, "L1", true), 0);
	for (int opened = 0; opened < 2; opened++) {
		assert_true(info_of(fixture, "L1").locked);
		assert_int_equal(info_of(fixture, "L1").state, STATE_TEST);
		assert_int_equal(level_try_write(fixture, "L1", "TCPIP"), -CSM_LEVEL_LOCKED);
		assert_content(fixture, "L1", "x", "one");
		release_reopen(fixture);
	}
	assert_int_equal(error_errno(-CSM_LEVEL_LOCKED), EROFS);
}

static void lock__what_was_written_and_not_stored_is_in_the_level(void **state)
{
	struct release_fixture *fixture = *state;
	struct space *space;
	struct file *file;

	level_made(fixture, "L1", "BASE");
	level_write(fixture, "L1", "x", "old");
	assert_int_equal(level_space(level_at(fixture, "L1"), &space), 0);
	assert_int_equal(file_open(space, fixture_path(space, "CP/x"), &file), 0);
	assert_int_equal(file_write(file, 0, "new", 3, false), 0);
	assert_int_equal(set_lock(fixture, "L1", true), 0);
	assert_int_equal(file_write(file, 0, "NEW", 3, false), -CSM_LEVEL_LOCKED);
	file_close(file);
	release_reopen(fixture);
	assert_content(fixture, "L1", "x", "new");
}

/* 32 */
static void unlock__makes_a_test_level_changeable_again(void **state)
{
	struct release_fixture *fixture = *state;

	level_made(fixture, "L1", "BASE");
	assert_int_equal(set_lock(fixture, "L1", true), 0);
	assert_int_equal(set_lock(fixture, "L1", false), 0);
	assert_int_equal(level_try_write(fixture, "L1", "TCPIP"), 0);
	assert_int_equal(set_lock(fixture, "L1", true), 0);
	release_reopen(fixture);
	assert_int_equal(set_lock(fixture, "L1", false), 0);
	assert_int_equal(level_try_write(fixture, "L1", "RSCS"), 0);
	release_reopen(fixture);
	assert_false(info_of(fixture, "L1").locked);
}

/* 34 */
static void lock__the_value_it_has_succeeds_and_changes_nothing(void **state)
{
	struct release_fixture *fixture = *state;

	level_made(fixture, "L1", "BASE");
	assert_int_equal(set_lock(fixture, "L1", false), 0);
	assert_int_equal(level_try_write(fixture, "L1", "TCPIP"), 0);
	assert_int_equal(set_lock(fixture, "L1", true), 0);
	assert_int_equal(set_lock(fixture, "L1", true), 0);
	assert_int_equal(level_try_write(fixture, "L1", "RSCS"), -CSM_LEVEL_LOCKED);
}

static void lock__base_is_locked_for_ever(void **state)
{
	struct release_fixture *fixture = *state;

	assert_int_equal(set_lock(fixture, "BASE", false), 0); /* as it is */
	level_write(fixture, "BASE", "x", "base");
	assert_int_equal(set_lock(fixture, "BASE", true), 0);
	for (int opened = 0; opened < 2; opened++) {
		assert_true(info_of(fixture, "BASE").sealed_once);
		assert_int_equal(set_lock(fixture, "BASE", true), 0);
		assert_int_equal(set_lock(fixture, "BASE", false), -CSM_BASE_PERMANENT);
		assert_int_equal(level_try_write(fixture, "BASE", "TCPIP"), -CSM_BASE_LOCKED);
		release_reopen(fixture);
	}
}

static void lock__logs_one_line_also_when_refused(void **state)
{
	struct release_fixture *fixture = *state;
	char *line;

	assert_int_equal(set_lock(fixture, "BASE", true), 0);
	line = last_log_line(fixture);
	assert_string_equal(line, "uid=7 lock BASE ok");
	free(line);
	assert_int_equal(set_lock(fixture, "BASE", false), -CSM_BASE_PERMANENT);
	line = last_log_line(fixture);
	assert_non_null(strstr(line, "uid=7 unlock BASE refused BASE_PERMANENT"));
	free(line);
	level_log_refusal(level_at(fixture, "BASE"), TEST_UID, "write", "BASE/BUILD/CP/x",
			  -CSM_LEVEL_LOCKED);
	line = last_log_line(fixture);
	assert_non_null(strstr(line, "uid=7 write BASE/BUILD/CP/x refused LEVEL_LOCKED"));
	free(line);
}

/* ---- STABLE ---- */

/* 35 */
static void stable__is_declared_with_the_lock_in_one_step(void **state)
{
	struct release_fixture *fixture = *state;

	level_made(fixture, "L1", "BASE");
	level_write(fixture, "L1", "x", "one");
	level_made_stable(fixture, "L1");
	for (int opened = 0; opened < 2; opened++) {
		assert_int_equal(info_of(fixture, "L1").state, STATE_STABLE);
		assert_true(info_of(fixture, "L1").locked);
		assert_int_equal(level_try_write(fixture, "L1", "TCPIP"), -CSM_STABLE_LOCKED);
		release_reopen(fixture);
	}
}

/* 29: a missing package; the refusal leaves the level as it was. */
static void stable__needs_a_package(void **state)
{
	struct release_fixture *fixture = *state;

	level_made(fixture, "L1", "BASE");
	assert_int_equal(declare(fixture, "L1"), -CSM_PACKAGE_MISSING);
	assert_false(info_of(fixture, "L1").locked);
	assert_int_equal(level_try_write(fixture, "L1", "TCPIP"), 0);
	assert_int_equal(set_lock(fixture, "L1", true), 0);
	assert_int_equal(declare(fixture, "L1"), -CSM_PACKAGE_MISSING);
	assert_int_equal(level_try_write(fixture, "L1", "RSCS"), -CSM_LEVEL_LOCKED);
}

/* 29: a stale package. */
static void stable__needs_a_package_of_what_is_there_now(void **state)
{
	struct release_fixture *fixture = *state;

	assert_int_equal(set_lock(fixture, "BASE", true), 0);
	level_made(fixture, "L1", "BASE");
	level_write(fixture, "L1", "x", "one");
	assert_int_equal(level_pack(fixture, "L1", "BASE", 1), 0);
	level_write(fixture, "L1", "x", "two");
	assert_int_equal(declare(fixture, "L1"), -CSM_PACKAGE_STALE);
	assert_int_equal(info_of(fixture, "L1").state, STATE_TEST);
	assert_int_equal(level_forget_package(level_at(fixture, "L1"), 0, TEST_UID), 0);
	assert_int_equal(level_pack(fixture, "L1", "BASE", 2), 0);
	assert_int_equal(declare(fixture, "L1"), 0);
}

static void stable__a_write_still_unstored_makes_the_package_stale(void **state)
{
	struct release_fixture *fixture = *state;
	struct space *space;
	struct file *file;

	assert_int_equal(set_lock(fixture, "BASE", true), 0);
	level_made(fixture, "L1", "BASE");
	level_write(fixture, "L1", "x", "one");
	assert_int_equal(level_pack(fixture, "L1", "BASE", 1), 0);
	assert_int_equal(level_space(level_at(fixture, "L1"), &space), 0);
	assert_int_equal(file_open(space, fixture_path(space, "CP/x"), &file), 0);
	assert_int_equal(file_write(file, 0, "two", 3, false), 0);
	assert_int_equal(declare(fixture, "L1"), -CSM_PACKAGE_STALE);
	file_close(file);
}

/* 33 */
static void stable__is_never_unlocked(void **state)
{
	struct release_fixture *fixture = *state;

	level_made(fixture, "L1", "BASE");
	level_made_stable(fixture, "L1");
	assert_int_equal(set_lock(fixture, "L1", false), -CSM_LEVEL_STABLE);
	assert_int_equal(set_lock(fixture, "L1", true), 0);
	release_reopen(fixture);
	assert_int_equal(set_lock(fixture, "L1", false), -CSM_LEVEL_STABLE);
}

static void stable__declaring_it_again_succeeds(void **state)
{
	struct release_fixture *fixture = *state;

	level_made(fixture, "L1", "BASE");
	level_made_stable(fixture, "L1");
	assert_int_equal(declare(fixture, "L1"), 0);
	release_reopen(fixture);
	assert_int_equal(declare(fixture, "L1"), 0);
}

static void stable__base_is_refused(void **state)
{
	assert_int_equal(declare(*state, "BASE"), -CSM_BASE_PERMANENT);
}

static void stable__is_not_deleted_and_keeps_its_package(void **state)
{
	struct release_fixture *fixture = *state;

	level_made(fixture, "L1", "BASE");
	level_made_stable(fixture, "L1");
	assert_int_equal(level_delete_at(fixture, "L1"), -CSM_STABLE_KEPT);
	assert_int_equal(level_forget_package(level_at(fixture, "L1"), 0, TEST_UID),
			 -CSM_PACKAGE_STABLE);
}

/* 31, 37: a fix to a STABLE level is a new level based on it. */
static void stable__may_be_the_parent_of_a_new_level(void **state)
{
	struct release_fixture *fixture = *state;

	level_made(fixture, "L1", "BASE");
	level_write(fixture, "L1", "x", "one");
	level_made_stable(fixture, "L1");
	level_made(fixture, "L2", "L1");
	level_write(fixture, "L2", "x", "fixed");
	assert_content(fixture, "L1", "x", "one");
	assert_int_equal(level_package_current(level_at(fixture, "L1"), 0),
			 1); /* also with a child */
	release_reopen(fixture);
	assert_content(fixture, "L2", "x", "fixed");
	assert_int_equal(level_package_current(level_at(fixture, "L1"), 0), 1);
}

/* ---- description and ESM ---- */

static void description__is_kept_and_bounded(void **state)
{
	struct release_fixture *fixture = *state;
	char text[DESCRIPTION_MAX + 2] = { 0 };
	struct level *level;

	level_made(fixture, "L1", "BASE");
	level = level_at(fixture, "L1");
	assert_int_equal(level_set_description(level, "August RSU", TEST_UID), 0);
	assert_string_equal(info_of(fixture, "L1").description, "August RSU");
	memset(text, 'd', DESCRIPTION_MAX + 1);
	assert_int_equal(level_set_description(level, text, TEST_UID), -CSM_VALUE_BAD);
	assert_string_equal(info_of(fixture, "L1").description, "August RSU");
	text[DESCRIPTION_MAX] = 0;
	assert_int_equal(level_set_description(level, text, TEST_UID), 0);
	release_reopen(fixture);
	assert_string_equal(info_of(fixture, "L1").description, text);
	assert_int_equal(level_set_description(level_at(fixture, "L1"), "", TEST_UID), 0);
	release_reopen(fixture);
	assert_string_equal(info_of(fixture, "L1").description, "");
}

static void esm__is_kept_and_checked(void **state)
{
	struct release_fixture *fixture = *state;
	struct level *level;

	level_made(fixture, "L1", "BASE");
	level = level_at(fixture, "L1");
	assert_int_equal(level_set_esm(level, "RACF", TEST_UID), 0);
	assert_int_equal(level_set_esm(level, "", TEST_UID), -CSM_VALUE_BAD);
	assert_int_equal(level_set_esm(level, "a b", TEST_UID), -CSM_VALUE_BAD);
	assert_int_equal(level_set_esm(level, "a\nb", TEST_UID), -CSM_VALUE_BAD);
	release_reopen(fixture);
	assert_string_equal(info_of(fixture, "L1").esm, "RACF");
}

/* The lock is about content. */
static void description__of_a_locked_level_may_change(void **state)
{
	struct release_fixture *fixture = *state;

	level_made(fixture, "L1", "BASE");
	assert_int_equal(set_lock(fixture, "L1", true), 0);
	assert_int_equal(level_set_description(level_at(fixture, "L1"), "text", TEST_UID), 0);
	assert_int_equal(level_try_write(fixture, "L1", "TCPIP"), -CSM_LEVEL_LOCKED);
}

/* ---- nothing slips in ---- */

struct writer {
	struct space *space;
	uint64_t component;
	int acknowledged; /* files made before the first refusal */
	int refusal;
};

static void *write_until_refused(void *context)
{
	struct new_inode attributes = { .mode = S_IFREG | 0644 };
	struct writer *writer = context;
	struct inode inode;
	char name[16];

	while (writer->refusal == 0) {
		snprintf(name, sizeof(name), "f%d", writer->acknowledged);
		writer->refusal = space_create(writer->space, writer->component, name, &attributes,
					       0, &inode);
		writer->acknowledged += writer->refusal == 0;
	}
	return NULL;
}

static int count_entry(void *context, const char *name, uint64_t number, uint32_t type)
{
	(void)name;
	(void)number;
	(void)type;
	++*(int *)context;
	return 0;
}

/* 63: who writes while somebody locks is let in before or refused after, and nothing is lost. */
static void lock__beside_a_writer_keeps_what_was_acknowledged(void **state)
{
	struct release_fixture *fixture = *state;
	struct writer writer = { 0 };
	struct view *view;
	pthread_t thread;
	uint32_t own;
	int count = 0;

	level_made(fixture, "L1", "BASE");
	assert_int_equal(level_space(level_at(fixture, "L1"), &writer.space), 0);
	writer.component = fixture_mkdir(writer.space, INODE_BUILD, "CP");
	assert_int_equal(pthread_create(&thread, NULL, write_until_refused, &writer), 0);
	assert_int_equal(set_lock(fixture, "L1", true), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(writer.refusal, -CSM_LEVEL_LOCKED);
	release_reopen(fixture);
	assert_int_equal(level_view(level_at(fixture, "L1"), &view, &own), 0);
	assert_int_equal(view_list(view, writer.component, count_entry, &count), 0);
	view_unref(view);
	assert_int_equal(count, writer.acknowledged);
}

/* ---- crashes ---- */

static void prepare_lock(struct release_fixture *fixture)
{
	level_made(fixture, "L1", "BASE");
	level_write(fixture, "L1", "x", "one");
}

static int act_lock(struct release_fixture *fixture)
{
	return set_lock(fixture, "L1", true);
}

static bool is_unlocked(struct release_fixture *fixture)
{
	return !info_of(fixture, "L1").locked && level_try_write(fixture, "L1", "TCPIP") == 0;
}

static bool is_locked(struct release_fixture *fixture)
{
	return info_of(fixture, "L1").locked &&
	       level_try_write(fixture, "L1", "TCPIP") == -CSM_LEVEL_LOCKED;
}

static void lock__a_crash_leaves_it_on_or_off(void **state)
{
	(void)state;
	release_crash(&(struct crash_case){ prepare_lock, act_lock, is_unlocked, is_locked });
}

static void prepare_unlock(struct release_fixture *fixture)
{
	prepare_lock(fixture);
	assert_int_equal(set_lock(fixture, "L1", true), 0);
}

static int act_unlock(struct release_fixture *fixture)
{
	return set_lock(fixture, "L1", false);
}

static void unlock__a_crash_leaves_it_on_or_off(void **state)
{
	(void)state;
	release_crash(&(struct crash_case){ prepare_unlock, act_unlock, is_locked, is_unlocked });
}

static void prepare_stable(struct release_fixture *fixture)
{
	prepare_lock(fixture);
	assert_int_equal(set_lock(fixture, "BASE", true), 0);
	assert_int_equal(level_pack(fixture, "L1", "BASE", 1), 0);
}

static int act_stable(struct release_fixture *fixture)
{
	return declare(fixture, "L1");
}

static bool is_test_and_unlocked(struct release_fixture *fixture)
{
	return info_of(fixture, "L1").state == STATE_TEST && is_unlocked(fixture);
}

static bool is_stable_and_locked(struct release_fixture *fixture)
{
	return info_of(fixture, "L1").state == STATE_STABLE && info_of(fixture, "L1").locked &&
	       level_try_write(fixture, "L1", "TCPIP") == -CSM_STABLE_LOCKED;
}

/* 35: never STABLE with lock OFF, also after a crash. */
static void stable__a_crash_leaves_both_or_none(void **state)
{
	(void)state;
	release_crash(&(struct crash_case){ prepare_stable, act_stable, is_test_and_unlocked,
					    is_stable_and_locked });
}

/* ---- the control log ---- */

static void control_log__has_the_lock_after_a_power_cut_that_follows_it(void **state)
{
	struct release_fixture fixture = { 0 };
	struct buffer text = BUFFER_INIT;
	_cleanup_free_ char *lines = NULL;
	void *made;

	(void)state;
	assert_int_equal(release_setup(&made), 0);
	fixture = *(struct release_fixture *)made;
	free(made);
	release_close(&fixture);
	assert_int_equal(engine_faulty_new(&fixture.inner, &fixture.faulty), 0);
	release_open(&fixture);
	assert_int_equal(level_set_lock(level_at(&fixture, "BASE"), true, TEST_UID), 0);
	assert_int_equal(engine_faulty_power_cut(fixture.faulty, 0), 0);
	release_close(&fixture);
	engine_faulty_free(fixture.faulty);
	fixture.faulty = NULL;
	release_open(&fixture);
	assert_int_equal(oplog_text(filespace_oplog(fixture.filespace), &text), 0);
	lines = buffer_detach_text(&text);
	assert_non_null(strstr(lines, "uid=7 lock BASE ok"));
	release_close(&fixture);
	engine_close(&fixture.inner);
}

#define WITH_RELEASE(test) cmocka_unit_test_setup_teardown(test, release_setup, release_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_RELEASE(lock__refuses_writing_also_after_reopening),
		WITH_RELEASE(lock__what_was_written_and_not_stored_is_in_the_level),
		WITH_RELEASE(unlock__makes_a_test_level_changeable_again),
		WITH_RELEASE(lock__the_value_it_has_succeeds_and_changes_nothing),
		WITH_RELEASE(lock__base_is_locked_for_ever),
		WITH_RELEASE(lock__logs_one_line_also_when_refused),
		WITH_RELEASE(stable__is_declared_with_the_lock_in_one_step),
		WITH_RELEASE(stable__needs_a_package),
		WITH_RELEASE(stable__needs_a_package_of_what_is_there_now),
		WITH_RELEASE(stable__a_write_still_unstored_makes_the_package_stale),
		WITH_RELEASE(stable__is_never_unlocked),
		WITH_RELEASE(stable__declaring_it_again_succeeds),
		WITH_RELEASE(stable__base_is_refused),
		WITH_RELEASE(stable__is_not_deleted_and_keeps_its_package),
		WITH_RELEASE(stable__may_be_the_parent_of_a_new_level),
		WITH_RELEASE(description__is_kept_and_bounded),
		WITH_RELEASE(esm__is_kept_and_checked),
		WITH_RELEASE(description__of_a_locked_level_may_change),
		WITH_RELEASE(lock__beside_a_writer_keeps_what_was_acknowledged),
		cmocka_unit_test(lock__a_crash_leaves_it_on_or_off),
		cmocka_unit_test(unlock__a_crash_leaves_it_on_or_off),
		cmocka_unit_test(stable__a_crash_leaves_both_or_none),
		cmocka_unit_test(control_log__has_the_lock_after_a_power_cut_that_follows_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
