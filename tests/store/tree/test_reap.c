/*
 * What deletions leave behind is taken away, and only that (property P12).
 */
#include "tests/support/engine_faulty.h"
#include "tests/support/tree_fixture.h"

#include <stdlib.h>
#include <string.h>

#include "store/base/cleanup.h"

static void reap_all(struct tree_fixture *fixture)
{
	int more;

	do {
		more = trees_reap(fixture->trees);
		assert_true(more >= 0);
	} while (more > 0);
}

static bool is_stored(struct tree_fixture *fixture, const char *text)
{
	struct digest digest = digest_of(slice_text(text));

	return chunk_there(fixture->chunks, &digest) == 0;
}

static void reap__a_deleted_files_chunk_goes(void **state)
{
	struct tree_fixture *fixture = *state;

	fixture_file(fixture->space, INODE_BUILD, "a", "only here");
	assert_true(is_stored(fixture, "only here"));
	assert_int_equal(space_unlink(fixture->space, INODE_BUILD, "a"), 0);
	reap_all(fixture);
	assert_false(is_stored(fixture, "only here"));
	fixture_verify(fixture);
}

static void reap__a_chunk_that_another_file_has_stays(void **state)
{
	struct tree_fixture *fixture = *state;

	fixture_file(fixture->space, INODE_BUILD, "a", "shared");
	fixture_file(fixture->space, INODE_BUILD, "b", "shared");
	assert_int_equal(space_unlink(fixture->space, INODE_BUILD, "a"), 0);
	reap_all(fixture);
	assert_true(is_stored(fixture, "shared"));
	fixture_verify(fixture);
}

static void reap__a_chunk_that_a_child_inherits_stays(void **state)
{
	struct tree_fixture *fixture = *state;
	struct space *child;

	fixture_file(fixture->space, INODE_BUILD, "a", "inherited");
	child = fixture_child(fixture, 17, fixture->space);
	assert_int_equal(space_unlink(fixture->space, INODE_BUILD, "a"), 0);
	reap_all(fixture);
	assert_true(is_stored(fixture, "inherited"));
	space_close(child);
	fixture_verify(fixture);
}

static void reap__an_overwritten_chunk_goes(void **state)
{
	struct tree_fixture *fixture = *state;
	uint64_t a = fixture_file(fixture->space, INODE_BUILD, "a", "first");

	fixture_write(fixture->space, a, 0, "other", 5);
	reap_all(fixture);
	assert_false(is_stored(fixture, "first"));
	assert_true(is_stored(fixture, "other"));
	fixture_verify(fixture);
}

static void reap__a_dropped_version_goes_with_its_rows_and_chunks(void **state)
{
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;
	struct tree_fixture *fixture = *state;
	struct space *child;
	struct view *view;
	version_id tip;

	fixture_file(fixture->space, INODE_BUILD, "a", "kept");
	child = fixture_child(fixture, 17, fixture->space);
	for (int i = 0; i < 2000; i++) { /* more than one step takes */
		char name[16];

		snprintf(name, sizeof(name), "n%d", i);
		fixture_file(child, INODE_BUILD, name, name);
	}
	fixture_digest(child);
	view = space_view(child);
	tip = view->ids[0];
	view_unref(view);
	space_close(child);
	version_drop(fixture->trees, &batch, tip);
	assert_int_equal(kv_commit(fixture->engine.kv, &batch), 0);
	reap_all(fixture);
	assert_int_equal(version_has_rows(fixture->trees, tip), 0);
	assert_false(is_stored(fixture, "n1999"));
	assert_true(is_stored(fixture, "kept"));
	fixture_verify(fixture);
}

static void verify__a_lost_chunk_is_named_with_its_file(void **state)
{
	struct verify_options options = { .read_chunks = true };
	struct tree_fixture *fixture = *state;
	struct digest digest = digest_of(slice_text("text"));
	uint64_t problems, repaired;

	fixture_file(fixture->space, INODE_BUILD, "a", "text");
	assert_int_equal(blobs_remove(fixture->engine.blobs, digest.bytes), 0);
	assert_int_equal(trees_verify(fixture->trees, &options, NULL, NULL, &problems, &repaired),
			 0);
	assert_int_equal(problems, 1);
}

static void verify__lost_references_are_made_again(void **state)
{
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;
	struct verify_options options = { .repair = true };
	struct tree_fixture *fixture = *state;
	uint64_t problems, repaired;

	fixture_file(fixture->space, INODE_BUILD, "a", "text");
	kv_batch_delete_range(&batch, slice_text("f"), slice_text("g"));
	assert_int_equal(kv_commit(fixture->engine.kv, &batch), 0);
	assert_int_equal(trees_verify(fixture->trees, &options, NULL, NULL, &problems, &repaired),
			 0);
	assert_int_equal(problems, 1);
	assert_int_equal(repaired, 1);
	fixture_verify(fixture);
}

static void verify__a_name_without_its_inode_is_found(void **state)
{
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;
	_cleanup_(cleanup_kv_iter) struct kv_iter *iter = NULL;
	struct verify_options options = { 0 };
	struct tree_fixture *fixture = *state;
	uint64_t problems, repaired;

	fixture_mkdir(fixture->space, INODE_BUILD, "d");
	/* the newest inode row is the directory's: take it away behind the room's back */
	assert_int_equal(kv_iter_new(fixture->engine.kv, slice_text("r"), &iter), 0);
	for (; kv_iter_valid(iter); kv_iter_next(iter)) {
		struct slice key = kv_iter_key(iter);

		if (((const char *)key.data)[5] == 'I' &&
		    ((const uint8_t *)key.data)[key.size - 1] >= INODE_FIRST)
			kv_batch_delete(&batch, key);
	}
	assert_int_equal(kv_commit(fixture->engine.kv, &batch), 0);
	assert_int_equal(trees_verify(fixture->trees, &options, NULL, NULL, &problems, &repaired),
			 0);
	assert_int_equal(problems, 1);
}

/* The collector ends after n changes of the engine, for every n: what it left is collected later. */
static void reap__a_crash_of_the_collector_forgets_no_chunk(void **state)
{
	struct tree_fixture *fixture = *state;
	bool struck = true;

	for (uint64_t n = 1; struck; n++) {
		struct engine_faulty *faulty;
		struct engine engine;
		struct chunks *chunks;
		struct trees *trees;

		fixture_file(fixture->space, INODE_BUILD, "a", "text");
		assert_int_equal(space_unlink(fixture->space, INODE_BUILD, "a"), 0);
		assert_int_equal(engine_faulty_new(&fixture->engine, &faulty), 0);
		engine = engine_faulty_engine(faulty);
		assert_int_equal(chunks_new(engine.blobs, 0, &chunks), 0);
		assert_int_equal(trees_open(engine.kv, chunks, &trees), 0);
		engine_faulty_strike(faulty, FAULT_CHANGES, n, FAULT_DEAD);
		while (trees_reap(trees) > 0)
			;
		struck = engine_faulty_struck(faulty);
		trees_close(trees);
		chunks_free(chunks);
		engine_faulty_free(faulty);
		reap_all(fixture);
		assert_false(is_stored(fixture, "text"));
	}
}

static void verify__a_chunk_that_nobody_knows_of_is_collected_after_a_repair(void **state)
{
	struct verify_options options = { .repair = true };
	struct tree_fixture *fixture = *state;
	uint64_t problems, repaired;
	struct digest digest;

	fixture_file(fixture->space, INODE_BUILD, "a", "kept");
	chunks_enter(fixture->chunks);
	assert_int_equal(chunk_put(fixture->chunks, slice_text("lost"), &digest), 0);
	chunks_leave(fixture->chunks); /* and no row was written */
	assert_int_equal(trees_verify(fixture->trees, &options, NULL, NULL, &problems, &repaired),
			 0);
	assert_int_equal(problems, 0);
	reap_all(fixture);
	assert_false(is_stored(fixture, "lost"));
	assert_true(is_stored(fixture, "kept"));
}

#define BEHAVIOUR(f) cmocka_unit_test_setup_teardown(f, tree_fixture_setup, tree_fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BEHAVIOUR(reap__a_deleted_files_chunk_goes),
		BEHAVIOUR(reap__a_chunk_that_another_file_has_stays),
		BEHAVIOUR(reap__a_chunk_that_a_child_inherits_stays),
		BEHAVIOUR(reap__an_overwritten_chunk_goes),
		BEHAVIOUR(reap__a_dropped_version_goes_with_its_rows_and_chunks),
		BEHAVIOUR(reap__a_crash_of_the_collector_forgets_no_chunk),
		BEHAVIOUR(verify__a_chunk_that_nobody_knows_of_is_collected_after_a_repair),
		BEHAVIOUR(verify__a_lost_chunk_is_named_with_its_file),
		BEHAVIOUR(verify__lost_references_are_made_again),
		BEHAVIOUR(verify__a_name_without_its_inode_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
