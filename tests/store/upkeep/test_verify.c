/*
 * fsck's check: what is damaged is told; what can be repaired without a guess is, and a
 * second run is clean.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "store/base/cleanup.h"
#include "store/level/level_format.h"
#include "store/tree/row.h"
#include "store/upkeep/verify.h"

static const struct verify_options tell = { .read_chunks = true, .repair = false };
static const struct verify_options mend = { .read_chunks = true, .repair = true };

struct fixture {
	struct store *store;
	struct filespace *filespace; /* NULL while the check runs */
	struct level *level;	     /* L: one file of its own, and a package */
	struct buffer told;	     /* what the check said, a line each */
};

/* ---- a store with something in it ---- */

static void open_filespace(struct fixture *fixture)
{
	assert_int_equal(filespace_open(fixture->store->trees, "720", &fixture->filespace), 0);
	assert_int_equal(filespace_level(fixture->filespace, "L", &fixture->level), 0);
}

static void close_filespace(struct fixture *fixture)
{
	level_put(take_pointer(&fixture->level));
	filespace_close(take_pointer(&fixture->filespace));
}

/* Makes COMPONENT/name with text in the level. */
static void write_file(struct level *level, const char *component, const char *name,
		       const char *text)
{
	const struct new_inode directory = { .mode = S_IFDIR | 0755 };
	const struct new_inode file = { .mode = S_IFREG | 0644 };
	struct inode dir, inode;
	struct space *space;
	struct file *opened;
	int code;

	assert_int_equal(level_space(level, &space), 0);
	code = space_create(space, INODE_BUILD, component, &directory, (enum edit_flags)0, &dir);
	if (code == -EEXIST)
		code = space_lookup(space, INODE_BUILD, component, &dir);
	assert_int_equal(code, 0);
	assert_int_equal(space_create(space, dir.number, name, &file, (enum edit_flags)0, &inode),
			 0);
	assert_int_equal(file_open(space, inode.number, &opened), 0);
	assert_int_equal(file_write(opened, 0, text, strlen(text), false), 0);
	file_close(opened);
	assert_int_equal(space_sync(space), 0);
}

static void build_package(struct fixture *fixture)
{
	assert_int_equal(package_build(fixture->level, 0, fixture->store->key, 0, NULL), 0);
}

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	struct level *base, *level;

	assert_non_null(fixture);
	assert_int_equal(store_open_memory("720", &fixture->store), 0);
	assert_int_equal(filespace_open(fixture->store->trees, "720", &fixture->filespace), 0);
	assert_int_equal(filespace_level(fixture->filespace, "BASE", &base), 0);
	write_file(base, "CP", "base", "of the base");
	assert_int_equal(level_set_lock(base, true, 0), 0);
	level_put(base);
	assert_int_equal(level_add(fixture->filespace, "L", 0, &level), 0);
	fixture->level = level;
	write_file(level, "CP", "part", "of the level");
	build_package(fixture);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	level_put(fixture->level);
	filespace_close(fixture->filespace);
	store_close(fixture->store);
	buffer_release(&fixture->told);
	free(fixture);
	return 0;
}

/* ---- checking ---- */

static void keep_problem(void *context, const char *object, const char *what, int code)
{
	struct fixture *fixture = context;

	(void)code;
	buffer_printf(&fixture->told, "%s: %s\n", object, what);
}

static struct verify_counts check(struct fixture *fixture, const struct verify_options *options)
{
	const struct verify_report report = { NULL, keep_problem, fixture };
	struct verify_counts counts;

	if (fixture->filespace)
		close_filespace(fixture);
	buffer_clear(&fixture->told);
	assert_int_equal(store_verify(fixture->store, options, &report, &counts), 0);
	buffer_u8(&fixture->told, 0);
	assert_false(buffer_failed(&fixture->told));
	return counts;
}

static void assert_clean(struct fixture *fixture)
{
	struct verify_counts counts = check(fixture, &tell);

	if (counts.problems)
		print_error("%s", (char *)fixture->told.data);
	assert_int_equal(counts.problems, 0);
}

static void assert_told(struct fixture *fixture, const char *expected)
{
	if (!strstr((char *)fixture->told.data, expected))
		print_error("'%s' is not in:\n%s", expected, (char *)fixture->told.data);
	assert_non_null(strstr((char *)fixture->told.data, expected));
}

/* The problem is told and nothing changes; the repair takes it away. */
static void assert_repaired(struct fixture *fixture, const char *expected)
{
	struct verify_counts counts = check(fixture, &tell);

	assert_true(counts.problems > 0);
	assert_int_equal(counts.repaired, 0);
	assert_told(fixture, expected);
	counts = check(fixture, &mend);
	assert_told(fixture, expected);
	assert_int_equal(counts.repaired, counts.problems);
	assert_clean(fixture);
}

/* The problem is told, and still there after a repair. */
static void assert_left(struct fixture *fixture, const char *expected)
{
	struct verify_counts counts = check(fixture, &mend);

	assert_told(fixture, expected);
	assert_true(counts.problems > counts.repaired);
	check(fixture, &tell);
	assert_told(fixture, expected);
}

/* ---- damaging ---- */

static void put_row(struct fixture *fixture, struct slice key, struct slice value)
{
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;

	kv_batch_put(&batch, key, value);
	assert_int_equal(kv_commit(fixture->store->engine.kv, &batch), 0);
}

static void delete_row(struct fixture *fixture, struct slice key)
{
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;

	kv_batch_delete(&batch, key);
	assert_int_equal(kv_commit(fixture->store->engine.kv, &batch), 0);
}

/* Removes the first row below a prefix. */
static void delete_first(struct fixture *fixture, const char *prefix)
{
	_cleanup_(cleanup_kv_iter) struct kv_iter *iter = NULL;

	assert_int_equal(kv_iter_new(fixture->store->engine.kv, slice_text(prefix), &iter), 0);
	assert_true(kv_iter_valid(iter));
	delete_row(fixture, kv_iter_key(iter));
}

static void remove_package_file(struct fixture *fixture, const char *name)
{
	struct package_record record;

	assert_int_equal(level_package(fixture->level, 0, &record), 0);
	assert_int_equal(space_unlink(filespace_files(fixture->filespace), record.directory, name),
			 0);
	assert_int_equal(space_sync(filespace_files(fixture->filespace)), 0);
}

static struct digest package_id(struct fixture *fixture)
{
	struct package_record record;

	assert_int_equal(level_package(fixture->level, 0, &record), 0);
	return record.id;
}

static void drop_package_record(struct fixture *fixture)
{
	struct record_key key;

	record_key_against(&key, 'P', "720", level_id(fixture->level), 0);
	delete_row(fixture, record_key_slice(&key));
}

/* ---- clean ---- */

static void verify__a_new_store_is_clean(void **state)
{
	struct store *store;
	const struct verify_report report = { NULL, NULL, NULL };
	struct verify_counts counts;

	(void)state;
	assert_int_equal(store_open_memory("720", &store), 0);
	assert_int_equal(store_verify(store, &tell, &report, &counts), 0);
	assert_int_equal(counts.problems, 0);
	assert_int_equal(counts.releases, 1);
	assert_int_equal(counts.levels, 1);
	store_close(store);
}

static void verify__a_store_with_levels_and_packages_is_clean(void **state)
{
	struct fixture *fixture = *state;
	struct verify_counts counts = check(fixture, &tell);

	assert_string_equal((char *)fixture->told.data, "");
	assert_int_equal(counts.levels, 2);
	assert_int_equal(counts.packages, 1);
}

static void verify__a_stale_package_is_no_damage(void **state)
{
	struct fixture *fixture = *state;

	write_file(fixture->level, "CP", "later", "after the package");
	assert_clean(fixture);
}

/* ---- records ---- */

static void verify__a_level_record_that_does_not_decode_is_told_and_left(void **state)
{
	struct fixture *fixture = *state;
	struct record_key key;

	record_key_id(&key, 'L', "720", level_id(fixture->level));
	close_filespace(fixture);
	put_row(fixture, record_key_slice(&key), slice_text("\x01 not a record"));
	assert_left(fixture, "the level's record does not decode");
	assert_told(fixture, "720: the release does not open");
}

static void verify__a_lost_level_record_does_not_cost_the_versions_of_others(void **state)
{
	struct fixture *fixture = *state;
	struct record_key key;
	struct verify_counts counts;

	record_key_id(&key, 'L', "720", level_id(fixture->level));
	close_filespace(fixture);
	put_row(fixture, record_key_slice(&key), slice_text("?"));
	counts = check(fixture, &mend);
	assert_int_equal(counts.repaired, 0);
	assert_null(strstr((char *)fixture->told.data, "no level reaches"));
}

static void verify__a_lost_release_record_does_not_cost_its_versions(void **state)
{
	struct fixture *fixture = *state;
	struct record_key key;

	record_key_release(&key, "720");
	close_filespace(fixture);
	delete_row(fixture, record_key_slice(&key));
	assert_left(fixture, "720: a level's record is of a release that is not there");
	assert_null(strstr((char *)fixture->told.data, "no level reaches"));
}

static void verify__a_package_record_that_does_not_decode_is_dropped(void **state)
{
	struct fixture *fixture = *state;
	struct package_record record;
	struct record_key key;

	record_key_against(&key, 'P', "720", level_id(fixture->level), 0);
	close_filespace(fixture);
	put_row(fixture, record_key_slice(&key), slice_text("?"));
	assert_repaired(fixture, "the package's record does not decode");
	open_filespace(fixture);
	assert_int_equal(level_package(fixture->level, 0, &record), -ENOENT);
}

/* ---- packages ---- */

static void verify__a_damaged_package_is_built_again(void **state)
{
	struct fixture *fixture = *state;
	struct digest before = package_id(fixture), after;

	remove_package_file(fixture, "CP.SERVLINK");
	assert_repaired(fixture, "720/L/PACKAGE: a SERVLINK of MANIFEST is not there");
	open_filespace(fixture);
	after = package_id(fixture);
	assert_true(digest_equal(&before, &after));
}

static void verify__a_package_without_its_signature_is_built_again(void **state)
{
	struct fixture *fixture = *state;

	remove_package_file(fixture, "MANIFEST.sig");
	assert_repaired(fixture, "720/L/PACKAGE: MANIFEST.sig cannot be read");
	open_filespace(fixture);
	assert_int_equal(level_package_current(fixture->level, 0), 1);
}

static void verify__a_damaged_stale_package_is_dropped(void **state)
{
	struct fixture *fixture = *state;
	struct package_record record;

	write_file(fixture->level, "CP", "later", "after the package");
	remove_package_file(fixture, "MANIFEST");
	assert_repaired(fixture, "720/L/PACKAGE: MANIFEST cannot be read");
	open_filespace(fixture);
	assert_int_equal(level_package(fixture->level, 0, &record), -ENOENT);
}

static void verify__the_package_of_a_stable_level_is_built_again(void **state)
{
	struct fixture *fixture = *state;
	struct digest before = package_id(fixture), after;

	assert_int_equal(level_declare_stable(fixture->level, 0), 0);
	remove_package_file(fixture, "CP.SERVLINK");
	assert_repaired(fixture, "720/L/PACKAGE: a SERVLINK of MANIFEST is not there");
	open_filespace(fixture);
	after = package_id(fixture);
	assert_true(digest_equal(&before, &after));
}

static void verify__a_stable_level_without_a_package_gets_it_back(void **state)
{
	struct fixture *fixture = *state;
	struct digest before = package_id(fixture), after;

	assert_int_equal(level_declare_stable(fixture->level, 0), 0);
	drop_package_record(fixture);
	assert_repaired(fixture, "720/L: the level is STABLE and has no package");
	open_filespace(fixture);
	after = package_id(fixture);
	assert_true(digest_equal(&before, &after));
}

static void verify__a_stable_level_keeps_its_damaged_package_when_it_cannot_be_built(void **state)
{
	struct fixture *fixture = *state;
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;
	struct digest other = digest_of(slice_text("another package")),
		      before = package_id(fixture), after;
	struct record_key key;

	assert_int_equal(level_declare_stable(fixture->level, 0), 0);
	remove_package_file(fixture, "CP.SERVLINK");
	/* A locked level's package must be the one it had last, which it now cannot be. */
	record_key_against(&key, 'Q', "720", level_id(fixture->level), 0);
	last_record_encode(&other, &value);
	put_row(fixture, record_key_slice(&key), buffer_slice(&value));
	assert_left(fixture, "720/L/PACKAGE: a SERVLINK of MANIFEST is not there");
	open_filespace(fixture);
	after = package_id(fixture);
	assert_true(digest_equal(&before, &after));
}

/* ---- systems ---- */

static void add_system(struct fixture *fixture, enum system_link link, uint32_t level)
{
	struct systems *systems;
	struct system_info info;

	assert_int_equal(systems_open(fixture->filespace, &systems), 0);
	assert_int_equal(system_add(systems, "vm01", 0, &info), 0);
	assert_int_equal(system_set_link(systems, info.id, link, level, 0), 0);
	systems_close(systems);
}

/* L goes, though a system has it: as a lost record would do. */
static void lose_level(struct fixture *fixture)
{
	assert_int_equal(level_delete(fixture->level, 0, NULL, NULL), 0);
	level_put(take_pointer(&fixture->level));
	filespace_close(take_pointer(&fixture->filespace));
}

static void verify__a_system_with_good_links_is_clean(void **state)
{
	struct fixture *fixture = *state;

	add_system(fixture, LINK_TEST, level_id(fixture->level));
	assert_int_equal(check(fixture, &tell).systems, 1);
	assert_string_equal((char *)fixture->told.data, "");
}

static void verify__a_test_link_to_no_level_is_taken_away(void **state)
{
	struct fixture *fixture = *state;

	add_system(fixture, LINK_TEST, level_id(fixture->level));
	lose_level(fixture);
	assert_repaired(fixture, "720/systems/vm01/test: the link points to no level");
}

static void verify__a_production_link_to_no_level_is_told_and_left(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(level_set_lock(fixture->level, true, 0), 0);
	add_system(fixture, LINK_PRODUCTION, level_id(fixture->level));
	assert_int_equal(level_set_lock(fixture->level, false, 0), 0);
	lose_level(fixture);
	assert_left(fixture, "720/systems/vm01/production: the link points to no level");
}

/* ---- versions and rows ---- */

static void verify__a_version_no_level_reaches_is_dropped(void **state)
{
	struct fixture *fixture = *state;
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;
	version_id version;

	assert_int_equal(version_create(fixture->store->trees, &batch, VERSION_NONE, &version), 0);
	assert_int_equal(kv_commit(fixture->store->engine.kv, &batch), 0);
	assert_repaired(fixture, "no level reaches the version");
}

static void verify__a_lost_reference_is_made_again(void **state)
{
	struct fixture *fixture = *state;

	close_filespace(fixture);
	delete_first(fixture, "f");
	assert_repaired(fixture, "a row's chunk is not referred to");
}

static void verify__a_missing_chunk_is_told_by_level_and_path(void **state)
{
	struct fixture *fixture = *state;
	struct digest text = digest_of(slice_text("of the level"));

	close_filespace(fixture);
	assert_int_equal(blobs_remove(fixture->store->engine.blobs, text.bytes), 0);
	assert_left(fixture, "720/L CP/part: a chunk is not in the store");
}

static void verify__a_chunk_with_other_bytes_is_told_when_content_is_read(void **state)
{
	static const struct verify_options quick = { .read_chunks = false };
	struct fixture *fixture = *state;
	struct digest text = digest_of(slice_text("of the base"));
	_cleanup_(cleanup_buffer) struct buffer stored = BUFFER_INIT;
	struct blobs *blobs = fixture->store->engine.blobs;

	close_filespace(fixture);
	assert_int_equal(blobs_get(blobs, text.bytes, &stored), 0);
	stored.data[stored.size - 1] ^= 1;
	assert_int_equal(blobs_remove(blobs, text.bytes), 0);
	assert_int_equal(blobs_put(blobs, text.bytes, buffer_slice(&stored)), 0);
	assert_int_equal(check(fixture, &quick).problems, 0);
	assert_left(fixture, "720/BASE CP/base: a chunk does not match its digest");
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verify__a_new_store_is_clean),
		WITH_STORE(verify__a_store_with_levels_and_packages_is_clean),
		WITH_STORE(verify__a_stale_package_is_no_damage),
		WITH_STORE(verify__a_level_record_that_does_not_decode_is_told_and_left),
		WITH_STORE(verify__a_lost_level_record_does_not_cost_the_versions_of_others),
		WITH_STORE(verify__a_lost_release_record_does_not_cost_its_versions),
		WITH_STORE(verify__a_package_record_that_does_not_decode_is_dropped),
		WITH_STORE(verify__a_damaged_package_is_built_again),
		WITH_STORE(verify__a_package_without_its_signature_is_built_again),
		WITH_STORE(verify__a_damaged_stale_package_is_dropped),
		WITH_STORE(verify__the_package_of_a_stable_level_is_built_again),
		WITH_STORE(verify__a_stable_level_without_a_package_gets_it_back),
		WITH_STORE(
			verify__a_stable_level_keeps_its_damaged_package_when_it_cannot_be_built),
		WITH_STORE(verify__a_system_with_good_links_is_clean),
		WITH_STORE(verify__a_test_link_to_no_level_is_taken_away),
		WITH_STORE(verify__a_production_link_to_no_level_is_told_and_left),
		WITH_STORE(verify__a_version_no_level_reaches_is_dropped),
		WITH_STORE(verify__a_lost_reference_is_made_again),
		WITH_STORE(verify__a_missing_chunk_is_told_by_level_and_path),
		WITH_STORE(verify__a_chunk_with_other_bytes_is_told_when_content_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
