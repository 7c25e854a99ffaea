/*
 * Opening a file space: ids, records that do not fit together, and upkeep.
 */
#include "tests/support/release_fixture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/base/cleanup.h"
#include "store/level/level_format.h"

/* ---- ids ---- */

static void ids__are_unique_in_the_store_and_never_given_twice(void **state)
{
	struct release_fixture *fixture = *state;
	uint32_t id, last = 0;

	for (int i = 0; i < 10; i++) {
		assert_int_equal(filespace_new_id(fixture->filespace, &id), 0);
		assert_true(id > last);
		last = id;
		release_reopen(fixture);
	}
}

static void spaces__of_levels_and_of_the_release_itself_have_different_ids(void **state)
{
	struct release_fixture *fixture = *state;
	struct filespace *other;
	struct space *space;

	assert_int_equal(filespace_create(fixture->trees, "730"), 0);
	assert_int_equal(filespace_open(fixture->trees, "730", &other), 0);
	assert_int_equal(level_space(level_at(fixture, "BASE"), &space), 0);
	assert_int_not_equal(space_id(space), space_id(filespace_files(fixture->filespace)));
	assert_int_not_equal(space_id(filespace_files(other)),
			     space_id(filespace_files(fixture->filespace)));
	filespace_close(other);
}

static int join(void *context, struct level *level)
{
	buffer_printf(context, "%s ", level_name(level));
	return strcmp(level_name(level), "c") == 0;
}

static void each__in_order_of_creation_until_told_to_stop(void **state)
{
	struct release_fixture *fixture = *state;
	struct buffer names = BUFFER_INIT;
	_cleanup_free_ char *text = NULL;

	level_made(fixture, "b", "BASE");
	level_made(fixture, "a", "BASE");
	level_made(fixture, "c", "a");
	level_made(fixture, "d", "BASE");
	release_reopen(fixture);
	assert_int_equal(filespace_each_level(fixture->filespace, join, &names), 1);
	text = buffer_detach_text(&names);
	assert_string_equal(text, "BASE b a c ");
}

/* ---- records that do not fit together ---- */

/* Puts a record for level id; what opening then comes to. */
static int open_with(struct release_fixture *fixture, uint32_t id, const char *name,
		     uint32_t basedon)
{
	struct level_record record = { .esm = "NONESM",
				       .state = STATE_TEST,
				       .basedon = basedon,
				       .tip = 1,
				       .base_version = 1 };
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;
	struct filespace *filespace;
	struct record_key key;
	int err;

	snprintf(record.name, sizeof(record.name), "%s", name);
	record_key_id(&key, 'L', "720", id);
	level_record_encode(&record, &value);
	kv_batch_put(&batch, record_key_slice(&key), buffer_slice(&value));
	assert_int_equal(kv_commit(trees_kv(fixture->trees), &batch), 0);
	err = filespace_open(fixture->trees, "720", &filespace);
	if (!err)
		filespace_close(filespace);
	kv_batch_clear(&batch); /* the teardown opens nothing, but other cases do */
	kv_batch_delete(&batch, record_key_slice(&key));
	assert_int_equal(kv_commit(trees_kv(fixture->trees), &batch), 0);
	return err;
}

static void open__records_that_do_not_fit_together_are_refused(void **state)
{
	struct release_fixture *fixture = *state;
	uint32_t base = level_id(level_at(fixture, "BASE"));

	assert_int_equal(open_with(fixture, 100, "good", base), 0);
	assert_int_equal(open_with(fixture, 100, "L1", 99), -CSM_ROW_CORRUPT);	/* no such parent */
	assert_int_equal(open_with(fixture, 100, "L1", 100), -CSM_ROW_CORRUPT); /* its own parent */
	assert_int_equal(open_with(fixture, 100, "base", base),
			 -CSM_ROW_CORRUPT); /* a name twice */
}

static void open__cut_record_is_refused(void **state)
{
	struct release_fixture *fixture = *state;
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;
	struct filespace *filespace;
	struct record_key key;

	record_key_release(&key, "730");
	kv_batch_put(&batch, record_key_slice(&key), slice_of("\1\2\3", 3));
	assert_int_equal(kv_commit(trees_kv(fixture->trees), &batch), 0);
	assert_int_equal(filespace_open(fixture->trees, "730", &filespace), -CSM_ROW_CORRUPT);
}

/* ---- upkeep ---- */

static void sync__makes_what_open_files_hold_outlive_a_power_cut(void **state)
{
	struct release_fixture fixture = *(struct release_fixture *)*state;
	struct release_fixture *plain = *state;
	struct space *space;
	struct file *file;
	uint64_t number;

	/* the same store again, over an engine that can lose what was not synced */
	assert_int_equal(engine_faulty_new(&plain->inner, &fixture.faulty), 0);
	release_open(&fixture);
	level_made(&fixture, "L1", "BASE");
	level_write(&fixture, "L1", "x", "old");
	assert_int_equal(level_space(level_at(&fixture, "L1"), &space), 0);
	number = fixture_path(space, "CP/x");
	assert_int_equal(file_open(space, number, &file), 0);
	assert_int_equal(file_write(file, 0, "new", 3, false), 0);
	assert_int_equal(filespace_sync(fixture.filespace), 0);
	assert_int_equal(file_write(file, 0, "NOT", 3, false), 0);
	assert_int_equal(file_flush(file), 0);
	assert_int_equal(engine_faulty_power_cut(fixture.faulty, 0), 0);
	file_close(file);
	release_close(&fixture);
	engine_faulty_free(fixture.faulty);
	release_reopen(plain);
	assert_content(plain, "L1", "x", "new");
}

/* P12: what a deleted level leaves behind goes while the file space is open. */
static void tend__takes_away_what_a_deleted_level_leaves(void **state)
{
	struct release_fixture *fixture = *state;
	struct digest digest = digest_of(slice_text("only here"));

	level_made(fixture, "L1", "BASE");
	level_write(fixture, "L1", "x", "only here");
	assert_int_equal(blobs_has(fixture->inner.blobs, digest.bytes), 1);
	assert_int_equal(level_delete_at(fixture, "L1"), 0);
	filespace_tend(fixture->filespace);
	assert_int_equal(blobs_has(fixture->inner.blobs, digest.bytes), 0);
}

static unsigned lines_about(struct release_fixture *fixture, const char *words)
{
	_cleanup_(cleanup_buffer) struct buffer text = BUFFER_INIT;
	unsigned count = 0;

	assert_int_equal(oplog_text(filespace_oplog(fixture->filespace), &text), 0);
	buffer_u8(&text, 0);
	for (const char *at = (char *)text.data; (at = strstr(at, words)); at++)
		count++;
	return count;
}

/* A disk that does not come back says so in one line, not in one a second. */
static void tend__a_failure_is_logged_once(void **state)
{
	struct release_fixture fixture = *(struct release_fixture *)*state;
	struct release_fixture *plain = *state;

	assert_int_equal(engine_faulty_new(&plain->inner, &fixture.faulty), 0);
	release_open(&fixture);
	level_made(&fixture, "L1", "BASE");
	level_write(&fixture, "L1", "x", "one");
	assert_int_equal(level_delete_at(&fixture, "L1"), 0);
	for (int i = 0; i < 3; i++) {
		engine_faulty_strike(fixture.faulty, FAULT_GET, 1,
				     FAULT_ONCE); /* the log only writes */
		filespace_tend(fixture.filespace);
		assert_true(engine_faulty_struck(fixture.faulty));
	}
	engine_faulty_strike(fixture.faulty, 0, 0, FAULT_NONE);
	assert_int_equal(lines_about(&fixture, "tend 720"), 1);
	release_close(&fixture);
	engine_faulty_free(fixture.faulty);
}

#define WITH_RELEASE(test) cmocka_unit_test_setup_teardown(test, release_setup, release_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_RELEASE(ids__are_unique_in_the_store_and_never_given_twice),
		WITH_RELEASE(spaces__of_levels_and_of_the_release_itself_have_different_ids),
		WITH_RELEASE(each__in_order_of_creation_until_told_to_stop),
		WITH_RELEASE(open__records_that_do_not_fit_together_are_refused),
		WITH_RELEASE(open__cut_record_is_refused),
		WITH_RELEASE(sync__makes_what_open_files_hold_outlive_a_power_cut),
		WITH_RELEASE(tend__takes_away_what_a_deleted_level_leaves),
		WITH_RELEASE(tend__a_failure_is_logged_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
