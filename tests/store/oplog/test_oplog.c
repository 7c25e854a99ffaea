/*
 * The control log on the memory engine: what a line looks like, what is dropped, and that it
 * is bounded and kept.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/base/cleanup.h"
#include "store/base/error.h"
#include "store/base/log.h"
#include "store/oplog/oplog.h"
#include "tests/support/engine_faulty.h"
#include "tests/support/golden.h"

#define TIME_SIZE 21 /* "2026-11-24T22:05:07Z " */

struct fixture {
	struct engine inner, engine;
	struct engine_faulty *faulty;
	struct oplog *log;
};

static void ignore_line(void *context, enum log_level level, const char *text)
{
	(void)context;
	(void)level;
	(void)text;
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	if (!f)
		return -1;
	log_inject(ignore_line, NULL);
	assert_int_equal(engine_memory_open(&f->inner), 0);
	assert_int_equal(engine_faulty_new(&f->inner, &f->faulty), 0);
	f->engine = engine_faulty_engine(f->faulty);
	assert_int_equal(oplog_open(f->engine.kv, 720, &f->log), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	oplog_close(f->log);
	engine_faulty_free(f->faulty);
	engine_close(&f->inner);
	log_inject(NULL, NULL);
	free(f);
	return 0;
}

static char *text_of(struct oplog *log)
{
	struct buffer text = BUFFER_INIT;
	char *copy;

	assert_int_equal(oplog_text(log, &text), 0);
	copy = buffer_detach_text(&text);
	assert_non_null(copy);
	return copy;
}

static size_t count_lines(const char *text)
{
	size_t lines = 0;

	for (; *text; text++)
		lines += *text == '\n';
	return lines;
}

/* The whole log without the times. */
static void assert_log(struct oplog *log, const char *want)
{
	_cleanup_free_ char *text = text_of(log);
	struct buffer got = BUFFER_INIT;
	char *rest = text, *line;

	while ((line = strsep(&rest, "\n")) && *line) {
		assert_true(strlen(line) > TIME_SIZE);
		buffer_printf(&got, "%s\n", line + TIME_SIZE);
	}
	buffer_u8(&got, 0);
	assert_string_equal((const char *)got.data, want);
	buffer_release(&got);
}

/* ---- the words ---- */

static void oplog__of_a_new_store_is_empty(void **state)
{
	struct fixture *f = *state;

	assert_log(f->log, "");
}

static void oplog__starts_a_line_with_the_time_of_the_day_in_utc(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *text = NULL;
	regex_t form;

	oplog_add(f->log, 0, "lock", "VM010802_BLD2", 0, NULL);
	text = text_of(f->log);
	assert_int_equal(
		regcomp(&form,
			"^[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9]Z uid=0 ",
			REG_EXTENDED | REG_NOSUB),
		0);
	assert_int_equal(regexec(&form, text, 0, NULL, 0), 0);
	regfree(&form);
}

static void oplog__says_who_did_what_to_which_object(void **state)
{
	struct fixture *f = *state;

	oplog_add(f->log, 1000, "lock", "VM010802_BLD2", 0, NULL);
	assert_log(f->log, "uid=1000 lock VM010802_BLD2 ok\n");
}

static void oplog__says_rule_and_way_out_of_a_refusal(void **state)
{
	struct fixture *f = *state;

	oplog_add(f->log, 0, "delete", "VM01", -CSM_LEVEL_LOCKED_DELETE, NULL);
	assert_log(f->log,
		   "uid=0 delete VM01 refused LEVEL_LOCKED_DELETE: a locked level is not deleted; "
		   "unlock it first\n");
}

static void oplog__names_a_plain_errno(void **state)
{
	struct fixture *f = *state;

	oplog_add(f->log, 0, "write", "VM01", -ENOSPC, NULL);
	assert_log(f->log, "uid=0 write VM01 refused ENOSPC: No space left on device\n");
}

static void oplog__adds_the_detail_at_the_end(void **state)
{
	struct fixture *f = *state;

	oplog_add(f->log, 0, "basedon", "VM01", 0, "BASE");
	oplog_add(f->log, 0, "state", "VM01", -CSM_VALUE_BAD, "UNSTABLE");
	assert_log(f->log,
		   "uid=0 basedon VM01 ok (BASE)\n"
		   "uid=0 state VM01 refused VALUE_BAD: the value is not one this attribute takes; "
		   "see csmfs-xattrs(7) (UNSTABLE)\n");
}

static void oplog__keeps_a_line_one_line_whatever_the_names_are(void **state)
{
	struct fixture *f = *state;

	oplog_add(f->log, 0, "write", "a\nb\tc\x7f\x01 d\\e \xc3\xa4", 0, "x\ny");
	assert_log(f->log, "uid=0 write a\\x0ab\\x09c\\x7f\\x01 d\\x5ce \xc3\xa4 ok (x\\x0ay)\n");
}

/* ---- order, bound, repetition ---- */

static void oplog__shows_the_oldest_line_first(void **state)
{
	struct fixture *f = *state;

	oplog_add(f->log, 0, "add", "A", 0, NULL);
	oplog_add(f->log, 0, "add", "B", 0, NULL);
	oplog_add(f->log, 0, "delete", "A", 0, NULL);
	assert_log(f->log, "uid=0 add A ok\nuid=0 add B ok\nuid=0 delete A ok\n");
}

static void oplog__drops_a_line_that_repeats_at_once(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 50; i++)
		oplog_add(f->log, 0, "write", "VM01/BUILD", -CSM_LEVEL_STABLE, NULL);
	oplog_add(f->log, 0, "write", "VM02/BUILD", -CSM_LEVEL_STABLE, NULL);
	assert_log(
		f->log,
		"uid=0 write VM01/BUILD refused LEVEL_STABLE: a STABLE level stays STABLE and locked for "
		"ever; make a new level based on it\n"
		"uid=0 write VM02/BUILD refused LEVEL_STABLE: a STABLE level stays STABLE and locked for "
		"ever; make a new level based on it\n");
}

static void oplog__drops_repeated_lines_that_alternate(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 50; i++) {
		oplog_add(f->log, 0, "write", "A", -EPERM, NULL);
		oplog_add(f->log, 0, "write", "B", -EPERM, NULL);
	}
	assert_log(f->log, "uid=0 write A refused EPERM: Operation not permitted\n"
			   "uid=0 write B refused EPERM: Operation not permitted\n");
}

static void oplog__keeps_lines_of_different_callers_apart(void **state)
{
	struct fixture *f = *state;

	oplog_add(f->log, 1, "write", "A", -EPERM, NULL);
	oplog_add(f->log, 2, "write", "A", -EPERM, NULL);
	assert_log(f->log, "uid=1 write A refused EPERM: Operation not permitted\n"
			   "uid=2 write A refused EPERM: Operation not permitted\n");
}

static void oplog__writes_a_line_again_after_a_second(void **state)
{
	struct fixture *f = *state;

	oplog_add(f->log, 0, "write", "A", -EPERM, NULL);
	usleep(1100000);
	oplog_add(f->log, 0, "write", "A", -EPERM, NULL);
	assert_log(f->log, "uid=0 write A refused EPERM: Operation not permitted\n"
			   "uid=0 write A refused EPERM: Operation not permitted\n");
}

/* Else a reader would take the level for unlocked. */
static void oplog__writes_what_was_done_each_time(void **state)
{
	struct fixture *f = *state;

	oplog_add(f->log, 0, "lock", "A", 0, NULL);
	oplog_add(f->log, 0, "unlock", "A", 0, NULL);
	oplog_add(f->log, 0, "lock", "A", 0, NULL);
	assert_log(f->log, "uid=0 lock A ok\nuid=0 unlock A ok\nuid=0 lock A ok\n");
}

static void refuse_numbered(struct oplog *log, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++) {
		char path[32];

		snprintf(path, sizeof path, "L/BUILD/%u", i);
		oplog_add_refusal(log, 7, "create", path, -EROFS);
	}
}

static void oplog__counts_refusals_of_paths_that_are_too_many(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *text = NULL, *after = NULL;

	oplog_add(f->log, 0, "lock", "L", 0, NULL);
	refuse_numbered(f->log, 0, 2 * OPLOG_LINES_MAX);
	text = text_of(f->log);
	assert_non_null(strstr(text, "uid=0 lock L ok"));
	assert_non_null(strstr(text, "uid=7 create L/BUILD/0 refused EROFS"));
	assert_true(count_lines(text) < 2 * OPLOG_REFUSALS_AT_ONCE);
	oplog_add(f->log, 0, "unlock", "L", -EPERM, NULL); /* no path: written all the same */
	usleep(1100000);
	refuse_numbered(f->log, 0, 1);
	after = text_of(f->log);
	assert_non_null(strstr(after, "uid=0 unlock L refused EPERM"));
	assert_non_null(strstr(after, " ok (refusals of paths)\n"));
}

static void add_numbered(struct oplog *log, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++) {
		char object[32];

		snprintf(object, sizeof object, "L%u", i);
		oplog_add(log, 0, "add", object, 0, NULL);
	}
}

static void oplog__keeps_the_newest_lines_when_it_is_full(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *text = NULL;

	add_numbered(f->log, 0, OPLOG_LINES_MAX + 7);
	text = text_of(f->log);
	assert_int_equal(count_lines(text), OPLOG_LINES_MAX);
	assert_int_equal(strncmp(text + TIME_SIZE, "uid=0 add L7 ok\n", 16), 0);
	assert_non_null(strstr(text, "uid=0 add L10006 ok\n"));
}

static void oplog__stays_bounded_over_a_restart(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *text = NULL;

	add_numbered(f->log, 0, OPLOG_LINES_MAX);
	oplog_close(f->log);
	assert_int_equal(oplog_open(f->engine.kv, 720, &f->log), 0);
	add_numbered(f->log, OPLOG_LINES_MAX, OPLOG_LINES_MAX + 5);
	text = text_of(f->log);
	assert_int_equal(count_lines(text), OPLOG_LINES_MAX);
	assert_int_equal(strncmp(text + TIME_SIZE, "uid=0 add L5 ok\n", 16), 0);
}

/* ---- keeping ---- */

static void oplog__keeps_its_first_line_under_the_golden_key(void **state)
{
	struct fixture *f = *state;
	_cleanup_(cleanup_kv_iter) struct kv_iter *iter = NULL;
	_cleanup_(cleanup_buffer) struct buffer text = BUFFER_INIT;

	oplog_add(f->log, 0, "add", "A", 0, NULL);
	assert_int_equal(kv_iter_new(f->inner.kv, slice_of(NULL, 0), &iter), 0);
	assert_true(kv_iter_valid(iter));
	golden_line(&text, "key", kv_iter_key(iter));
	golden_check("tests/format/oplog.hex", &text);
	assert_memory_equal((const char *)kv_iter_value(iter).data + TIME_SIZE, "uid=0 add A ok",
			    14);
	assert_int_equal(kv_iter_value(iter).size, TIME_SIZE + 14);
}

static void oplog__survives_a_restart(void **state)
{
	struct fixture *f = *state;

	oplog_add(f->log, 0, "add", "A", 0, NULL);
	oplog_close(f->log);
	assert_int_equal(oplog_open(f->engine.kv, 720, &f->log), 0);
	oplog_add(f->log, 0, "add", "B", 0, NULL);
	assert_log(f->log, "uid=0 add A ok\nuid=0 add B ok\n");
}

static void oplog__keeps_the_logs_of_two_releases_apart(void **state)
{
	struct fixture *f = *state;
	struct oplog *other;

	assert_int_equal(oplog_open(f->engine.kv, 721, &other), 0);
	oplog_add(f->log, 0, "add", "A", 0, NULL);
	oplog_add(other, 0, "add", "B", 0, NULL);
	assert_log(f->log, "uid=0 add A ok\n");
	assert_log(other, "uid=0 add B ok\n");
	oplog_close(other);
}

static void oplog__loses_a_line_when_the_disk_fails_and_goes_on(void **state)
{
	struct fixture *f = *state;

	engine_faulty_strike(f->faulty, FAULT_COMMIT, 1, FAULT_ONCE);
	oplog_add(f->log, 0, "add", "A", 0, NULL);
	oplog_add(f->log, 0, "add", "A", 0, NULL);
	assert_log(f->log, "uid=0 add A ok\n");
}

static void oplog_text__hands_a_failure_of_the_engine_on(void **state)
{
	struct fixture *f = *state;
	_cleanup_(cleanup_buffer) struct buffer text = BUFFER_INIT;

	engine_faulty_strike(f->faulty, FAULT_GET, 1, FAULT_ONCE);
	assert_int_equal(oplog_text(f->log, &text), -EIO);
}

static void oplog_open__refuses_rows_it_did_not_write(void **state)
{
	struct fixture *f = *state;
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;
	struct oplog *other;

	kv_batch_put(&batch, slice_of("l\0\0\x02\xd1\0\0", 7), slice_text("x"));
	assert_int_equal(kv_commit(f->inner.kv, &batch), 0);
	assert_int_equal(oplog_open(f->engine.kv, 721, &other), -CSM_ROW_CORRUPT);
	assert_null(other);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

static void oplog__shows_refusals_to_root_and_to_the_refused(void **state)
{
	struct fixture *f = *state;
	struct buffer text = BUFFER_INIT;
	_cleanup_free_ char *copy = NULL;

	oplog_add(f->log, 0, "lock", "L", 0, NULL);
	oplog_add_refusal(f->log, 0, "write", "L/BUILD/CP/hidden", -CSM_LEVEL_LOCKED);
	oplog_add_refusal(f->log, 10, "write", "L/BUILD/CP/x uid=1 y", -CSM_LEVEL_LOCKED);
	oplog_add_refusal(f->log, 1, "write", "L/BUILD/CP/own", -CSM_LEVEL_LOCKED);
	assert_int_equal(oplog_text_for(f->log, 1, &text), 0);
	copy = buffer_detach_text(&text);
	assert_int_equal(count_lines(copy), 2);
	assert_non_null(strstr(copy, " uid=0 lock L ok\n"));
	assert_non_null(strstr(copy, " uid=1 write L/BUILD/CP/own refused "));
	assert_int_equal(oplog_text_for(f->log, 0, &text), 0);
	free(take_pointer(&copy));
	copy = buffer_detach_text(&text);
	assert_int_equal(count_lines(copy), 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(oplog__of_a_new_store_is_empty),
		TEST(oplog__starts_a_line_with_the_time_of_the_day_in_utc),
		TEST(oplog__says_who_did_what_to_which_object),
		TEST(oplog__says_rule_and_way_out_of_a_refusal),
		TEST(oplog__names_a_plain_errno),
		TEST(oplog__adds_the_detail_at_the_end),
		TEST(oplog__keeps_a_line_one_line_whatever_the_names_are),
		TEST(oplog__shows_the_oldest_line_first),
		TEST(oplog__drops_a_line_that_repeats_at_once),
		TEST(oplog__drops_repeated_lines_that_alternate),
		TEST(oplog__keeps_lines_of_different_callers_apart),
		TEST(oplog__writes_a_line_again_after_a_second),
		TEST(oplog__writes_what_was_done_each_time),
		TEST(oplog__counts_refusals_of_paths_that_are_too_many),
		TEST(oplog__keeps_the_newest_lines_when_it_is_full),
		TEST(oplog__stays_bounded_over_a_restart),
		TEST(oplog__keeps_its_first_line_under_the_golden_key),
		TEST(oplog__survives_a_restart),
		TEST(oplog__keeps_the_logs_of_two_releases_apart),
		TEST(oplog__shows_refusals_to_root_and_to_the_refused),
		TEST(oplog__loses_a_line_when_the_disk_fails_and_goes_on),
		TEST(oplog_text__hands_a_failure_of_the_engine_on),
		TEST(oplog_open__refuses_rows_it_did_not_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
