/*
 * Levels go: what keeps one, what goes with it, and what stays (behaviour 41).
 */
#include "tests/support/release_fixture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/base/cleanup.h"

static void delete__takes_the_level_and_its_content_away(void **state)
{
	struct release_fixture *fixture = *state;
	int more;

	level_write(fixture, "BASE", "x", "base");
	level_made(fixture, "L1", "BASE");
	level_write(fixture, "L1", "x", "one");
	assert_int_equal(level_delete_at(fixture, "L1"), 0);
	assert_false(level_exists(fixture, "L1"));
	do {
		more = trees_reap(fixture->trees);
	} while (more == 1);
	assert_int_equal(more, 0);
	release_reopen(fixture);
	assert_false(level_exists(fixture, "L1"));
	assert_content(fixture, "BASE", "x", "base");
}

static void delete__the_name_is_free_again_and_the_id_is_not(void **state)
{
	struct release_fixture *fixture = *state;
	uint32_t id;

	level_made(fixture, "L1", "BASE");
	id = level_id(level_at(fixture, "L1"));
	assert_int_equal(level_delete_at(fixture, "L1"), 0);
	release_reopen(fixture);
	level_made(fixture, "L1", "BASE");
	assert_true(level_id(level_at(fixture, "L1")) > id);
}

/* 41: locked, basedon, recorded for a system. */
static void delete__a_locked_level_is_refused(void **state)
{
	struct release_fixture *fixture = *state;

	level_made(fixture, "L1", "BASE");
	assert_int_equal(level_set_lock(level_at(fixture, "L1"), true, TEST_UID), 0);
	assert_int_equal(level_delete_at(fixture, "L1"), -CSM_LEVEL_LOCKED_DELETE);
	release_reopen(fixture);
	assert_int_equal(level_delete_at(fixture, "L1"), -CSM_LEVEL_LOCKED_DELETE);
	assert_int_equal(level_set_lock(level_at(fixture, "L1"), false, TEST_UID), 0);
	assert_int_equal(level_delete_at(fixture, "L1"), 0);
}

static void delete__a_level_with_children_is_refused(void **state)
{
	struct release_fixture *fixture = *state;

	level_made(fixture, "L1", "BASE");
	level_made(fixture, "L2", "L1");
	assert_int_equal(level_delete_at(fixture, "L1"), -CSM_LEVEL_HAS_CHILDREN);
	assert_int_equal(level_try_write(fixture, "L1", "CP"),
			 0); /* the refusal left it writable */
	assert_int_equal(level_set_basedon(level_at(fixture, "L2"), "BASE", TEST_UID), 0);
	assert_int_equal(level_delete_at(fixture, "L1"), 0);
}

static void delete__a_level_that_a_system_has_is_refused(void **state)
{
	struct release_fixture *fixture = *state;
	struct system_info info;

	level_made(fixture, "L1", "BASE");
	assert_int_equal(system_add(fixture->systems, "vm01", TEST_UID, &info), 0);
	assert_int_equal(system_set_link(fixture->systems, info.id, LINK_TEST,
					 level_id(level_at(fixture, "L1")), TEST_UID),
			 0);
	assert_int_equal(level_delete_at(fixture, "L1"), -CSM_LEVEL_ON_SYSTEM);
	release_reopen(fixture);
	assert_int_equal(level_delete_at(fixture, "L1"), -CSM_LEVEL_ON_SYSTEM);
	assert_int_equal(system_remove_link(fixture->systems, info.id, LINK_TEST, TEST_UID), 0);
	assert_int_equal(level_delete_at(fixture, "L1"), 0);
}

static void delete__base_is_refused(void **state)
{
	assert_int_equal(level_delete_at(*state, "BASE"), -CSM_BASE_PERMANENT);
}

static void delete__a_level_that_a_package_was_built_against_is_refused(void **state)
{
	struct release_fixture *fixture = *state;

	level_made(fixture, "L1", "BASE");
	level_made(fixture, "L2", "BASE");
	assert_int_equal(level_pack(fixture, "L2", "L1", 3), 0);
	assert_int_equal(level_delete_at(fixture, "L1"), -CSM_LEVEL_IN_PACKAGE);
	assert_int_equal(level_forget_package(level_at(fixture, "L2"),
					      level_id(level_at(fixture, "L1")), TEST_UID),
			 0);
	assert_int_equal(level_delete_at(fixture, "L1"), 0);
}

static void delete__takes_packages_and_their_files_along(void **state)
{
	struct release_fixture *fixture = *state;
	struct space *files = filespace_files(fixture->filespace);

	level_made(fixture, "L1", "BASE");
	level_made(fixture, "L2", "BASE");
	assert_int_equal(level_pack(fixture, "L2", "L1", 3), 0);
	assert_int_not_equal(fixture_path(files, "L2"), 0);
	assert_int_equal(level_delete_at(fixture, "L2"), 0);
	assert_int_equal(fixture_path(files, "L2"), 0);
	assert_int_equal(level_delete_at(fixture, "L1"), 0);
}

static void delete__late_writers_are_told_that_it_is_gone(void **state)
{
	struct release_fixture *fixture = *state;
	struct new_inode attributes = { .mode = S_IFDIR | 0755 };
	struct space *space;
	struct inode inode;
	struct level *level;

	level_made(fixture, "L1", "BASE");
	assert_int_equal(filespace_level(fixture->filespace, "L1", &level), 0);
	assert_int_equal(level_space(level, &space), 0);
	assert_int_equal(level_delete_at(fixture, "L1"), 0);
	assert_true(level_is_gone(level));
	assert_int_equal(space_create(space, INODE_BUILD, "CP", &attributes, 0, &inode),
			 -CSM_STALE);
	assert_int_equal(level_set_lock(level, true, TEST_UID), -CSM_STALE);
	assert_int_equal(level_set_basedon(level, "BASE", TEST_UID), -CSM_STALE);
	assert_int_equal(level_set_description(level, "x", TEST_UID), -CSM_STALE);
	assert_int_equal(level_delete(level, TEST_UID, NULL, NULL), -CSM_STALE);
	level_put(level);
}

static void print_problem(void *context, const struct tree_problem *problem)
{
	(void)context;
	print_message("version %u, number %llu: %s (%d)\n", problem->version,
		      (unsigned long long)problem->number, problem->what, problem->code);
}

/* P12: a file that is open and has no name any more is no reason to keep anything. */
static void delete__leaves_nothing_behind_also_with_a_file_open(void **state)
{
	const struct verify_options options = { .read_chunks = true };
	struct release_fixture *fixture = *state;
	struct digest digest = digest_of(slice_text("only here"));
	struct level *level;
	struct space *space;
	struct file *file;
	uint64_t problems, repaired;
	struct kv_iter *orphans;

	level_made(fixture, "L1", "BASE");
	level_write(fixture, "L1", "x", "only here");
	assert_int_equal(filespace_level(fixture->filespace, "L1", &level), 0);
	assert_int_equal(level_space(level, &space), 0);
	assert_int_equal(file_open(space, fixture_path(space, "CP/x"), &file), 0);
	assert_int_equal(space_unlink(space, fixture_path(space, "CP"), "x"), 0);
	assert_int_equal(level_delete_at(fixture, "L1"), 0);
	file_close(file);
	level_put(level);
	while (trees_reap(fixture->trees) == 1)
		;
	assert_int_equal(blobs_has(fixture->inner.blobs, digest.bytes), 0);
	assert_int_equal(kv_iter_new(trees_kv(fixture->trees), slice_text("o"), &orphans), 0);
	assert_false(kv_iter_valid(orphans));
	kv_iter_free(orphans);
	assert_int_equal(trees_verify(fixture->trees, &options, print_problem, NULL, &problems,
				      &repaired),
			 0);
	assert_int_equal(problems, 0);
}

/* Versions of a chain stay as long as somebody stands on them. */
static void delete__the_sealed_content_of_a_parent_outlives_its_rework(void **state)
{
	struct release_fixture *fixture = *state;

	level_made(fixture, "L1", "BASE");
	level_write(fixture, "L1", "x", "one");
	level_made(fixture, "L2", "L1");
	level_write(fixture, "L1", "x", "two");
	level_made(fixture, "L3", "L1");
	assert_int_equal(level_delete_at(fixture, "L3"), 0);
	while (trees_reap(fixture->trees) == 1)
		;
	release_reopen(fixture);
	assert_content(fixture, "L1", "x", "two");
	assert_content(fixture, "L2", "x", "one");
	assert_int_equal(level_delete_at(fixture, "L2"), 0);
	assert_int_equal(level_delete_at(fixture, "L1"), 0);
}

/* ---- crashes ---- */

static bool reads(struct release_fixture *fixture, const char *level, const char *name,
		  const char *text)
{
	_cleanup_free_ char *bytes = level_read(fixture, level, name);

	return strcmp(bytes, text) == 0;
}

static void prepare_delete(struct release_fixture *fixture)
{
	level_made(fixture, "L1", "BASE");
	level_write(fixture, "L1", "x", "one");
	level_made(fixture, "L2", "BASE");
	assert_int_equal(level_pack(fixture, "L1", "L2", 3), 0);
}

static int act_delete(struct release_fixture *fixture)
{
	return level_delete_at(fixture, "L1");
}

static bool is_there(struct release_fixture *fixture)
{
	struct package_record record;
	uint32_t other = level_id(level_at(fixture, "L2"));

	return level_exists(fixture, "L1") && reads(fixture, "L1", "x", "one") &&
	       level_package(level_at(fixture, "L1"), other, &record) == 0;
}

static bool is_deleted(struct release_fixture *fixture)
{
	return !level_exists(fixture, "L1");
}

static void delete__a_crash_leaves_the_level_whole_or_none(void **state)
{
	(void)state;
	release_crash(&(struct crash_case){ prepare_delete, act_delete, is_there, is_deleted });
}

#define WITH_RELEASE(test) cmocka_unit_test_setup_teardown(test, release_setup, release_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_RELEASE(delete__takes_the_level_and_its_content_away),
		WITH_RELEASE(delete__the_name_is_free_again_and_the_id_is_not),
		WITH_RELEASE(delete__a_locked_level_is_refused),
		WITH_RELEASE(delete__a_level_with_children_is_refused),
		WITH_RELEASE(delete__a_level_that_a_system_has_is_refused),
		WITH_RELEASE(delete__base_is_refused),
		WITH_RELEASE(delete__a_level_that_a_package_was_built_against_is_refused),
		WITH_RELEASE(delete__takes_packages_and_their_files_along),
		WITH_RELEASE(delete__late_writers_are_told_that_it_is_gone),
		WITH_RELEASE(delete__leaves_nothing_behind_also_with_a_file_open),
		WITH_RELEASE(delete__the_sealed_content_of_a_parent_outlives_its_rework),
		cmocka_unit_test(delete__a_crash_leaves_the_level_whole_or_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
