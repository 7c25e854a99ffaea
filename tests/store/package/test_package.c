/*
 * Building and dropping packages: what is in one, when it is refused, and that whatever
 * fails or dies there is no package or a whole one.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/base/cleanup.h"
#include "store/base/error.h"
#include "tests/support/engine_faulty.h"
#include "tests/support/package_fixture.h"

/*
 * BASE with three components, locked, and level L on it, which changes one, deletes one
 * and adds one.
 */
static void fill_base(struct package_fixture *fixture)
{
	_cleanup_(cleanup_level) struct level *base = fixture_level(fixture, "BASE");
	struct space *space = fixture_level_space(base);

	fixture_put(space, "CP/program", "program\n");
	fixture_put(space, "TCPIP/profile", "port 21\n");
	fixture_put(space, "VMSES/tool", "tool\n");
	fixture_set_all_mtimes(space, 1000000000);
	fixture_lock(fixture, "BASE");
}

static struct level *fill_level(struct package_fixture *fixture)
{
	struct level *level = fixture_add_level(fixture, "L", "BASE");
	struct space *space = fixture_level_space(level);

	fixture_put(space, "CP/program", "changed\n");
	fixture_put(space, "DEBIAN/etc/hostname", "vm01\n");
	fixture_remove(space, "TCPIP");
	fixture_set_all_mtimes(space, 1100000000);
	return level;
}

static struct level *fill(struct package_fixture *fixture)
{
	fill_base(fixture);
	return fill_level(fixture);
}

static int build(struct package_fixture *fixture, struct level *level)
{
	return package_build(level, 0, fixture->key, 0, NULL);
}

static void read_file(struct package_fixture *fixture, struct level *level, const char *name,
		      struct buffer *ret_bytes)
{
	assert_int_equal(fixture_package_file(fixture, level, 0, name, ret_bytes), 0);
}

/* The package is what its MANIFEST says, and the MANIFEST what its signature says. */
static void assert_whole(struct package_fixture *fixture, struct level *level)
{
	_cleanup_(buffer_release) struct buffer text = BUFFER_INIT, signature = BUFFER_INIT,
						pem = BUFFER_INIT;
	_cleanup_(manifest_release) struct manifest manifest = MANIFEST_INIT;
	struct package_record record;
	struct digest digest;

	read_file(fixture, level, MANIFEST_NAME, &text);
	read_file(fixture, level, MANIFEST_SIGNATURE_NAME, &signature);
	assert_int_equal(sign_key_public(fixture->key, &pem), 0);
	assert_int_equal(
		sign_verify(buffer_slice(&pem), buffer_slice(&text), buffer_slice(&signature)), 1);
	assert_int_equal(level_package(level, 0, &record), 0);
	digest = digest_of(buffer_slice(&text));
	assert_true(digest_equal(&digest, &record.id));
	assert_int_equal(manifest_parse(buffer_slice(&text), &manifest), 0);
	assert_int_equal(manifest.servlink_count, 3);
	for (size_t i = 0; i < manifest.servlink_count; i++) {
		_cleanup_(buffer_release) struct buffer bytes = BUFFER_INIT;
		char name[NAME_LENGTH_MAX + 16];

		snprintf(name, sizeof(name), "%s" SERVLINK_SUFFIX, manifest.servlinks[i].component);
		read_file(fixture, level, name, &bytes);
		assert_int_equal(bytes.size, manifest.servlinks[i].size);
		digest = digest_of(buffer_slice(&bytes));
		assert_true(digest_equal(&digest, &manifest.servlinks[i].digest));
	}
}

/* ---- what is in a package ---- */

static void package_build__writes_one_servlink_for_each_affected_component(void **state)
{
	_cleanup_(cleanup_level) struct level *level = fill(*state);
	_cleanup_(buffer_release) struct buffer names = BUFFER_INIT;

	assert_int_equal(build(*state, level), 0);
	fixture_package_names(*state, level, 0, &names);
	assert_string_equal((char *)names.data,
			    "CP.SERVLINK DEBIAN.SERVLINK MANIFEST MANIFEST.sig TCPIP.SERVLINK ");
}

static void package_build__sums_and_signature_agree(void **state)
{
	_cleanup_(cleanup_level) struct level *level = fill(*state);

	assert_int_equal(build(*state, level), 0);
	assert_whole(*state, level);
}

static void package_build__the_manifest_has_the_levels_record(void **state)
{
	struct package_fixture *fixture = *state;
	_cleanup_(cleanup_level) struct level *level = fill(fixture),
					      *base = fixture_level(fixture, "BASE");
	_cleanup_(buffer_release) struct buffer text = BUFFER_INIT;
	_cleanup_(manifest_release) struct manifest manifest = MANIFEST_INIT;
	struct digest digest;

	assert_int_equal(level_set_description(level, "August RSU", 0), 0);
	assert_int_equal(level_set_esm(level, "RACF", 0), 0);
	assert_int_equal(build(fixture, level), 0);
	read_file(fixture, level, MANIFEST_NAME, &text);
	assert_int_equal(manifest_parse(buffer_slice(&text), &manifest), 0);
	assert_string_equal(manifest.release, "720");
	assert_string_equal(manifest.level, "L");
	assert_string_equal(manifest.against, "BASE");
	assert_string_equal(manifest.basedon, "BASE");
	assert_string_equal(manifest.description, "August RSU");
	assert_string_equal(manifest.esm, "RACF");
	assert_int_equal(level_digest(level, &digest), 0);
	assert_true(digest_equal(&manifest.digest, &digest));
	assert_int_equal(level_digest(base, &digest), 0);
	assert_true(digest_equal(&manifest.against_digest, &digest));
}

static void package_build__a_level_without_changes_has_a_manifest_only(void **state)
{
	_cleanup_(cleanup_level) struct level *level = NULL;
	_cleanup_(buffer_release) struct buffer names = BUFFER_INIT;

	fill_base(*state);
	level = fixture_add_level(*state, "L", "BASE");
	assert_int_equal(build(*state, level), 0);
	fixture_package_names(*state, level, 0, &names);
	assert_string_equal((char *)names.data, "MANIFEST MANIFEST.sig ");
}

static void package_build__against_another_level_has_what_differs_from_it(void **state)
{
	struct package_fixture *fixture = *state;
	_cleanup_(cleanup_level) struct level *level = fill(fixture), *other = NULL;
	_cleanup_(buffer_release) struct buffer names = BUFFER_INIT, text = BUFFER_INIT;
	_cleanup_(manifest_release) struct manifest manifest = MANIFEST_INIT;

	other = fixture_add_level(fixture, "OTHER", "L");
	fixture_put(fixture_level_space(other), "VMSES/tool", "another tool\n");
	assert_int_equal(package_build(other, level_id(level), fixture->key, 0, NULL), 0);
	fixture_package_names(fixture, other, level_id(level), &names);
	assert_string_equal((char *)names.data, "MANIFEST MANIFEST.sig VMSES.SERVLINK ");
	assert_int_equal(
		fixture_package_file(fixture, other, level_id(level), MANIFEST_NAME, &text), 0);
	assert_int_equal(manifest_parse(buffer_slice(&text), &manifest), 0);
	assert_string_equal(manifest.against, "L");
	assert_string_equal(manifest.basedon, "L");
}

static void package_build__packages_against_several_levels_stand_side_by_side(void **state)
{
	struct package_fixture *fixture = *state;
	_cleanup_(cleanup_level) struct level *level = fill(fixture), *other = NULL;

	other = fixture_add_level(fixture, "OTHER", "L");
	assert_int_equal(build(fixture, other), 0);
	assert_int_equal(package_build(other, level_id(level), fixture->key, 0, NULL), 0);
	assert_int_equal(fixture_package_directories(fixture), 2);
	assert_int_equal(package_drop(other, level_id(level), 0), 0);
	assert_whole(fixture, other);
}

/* ---- the same bytes ---- */

static void assert_same_file(struct package_fixture *a, struct level *level_a,
			     struct package_fixture *b, struct level *level_b, const char *name)
{
	_cleanup_(buffer_release) struct buffer bytes_a = BUFFER_INIT, bytes_b = BUFFER_INIT;

	read_file(a, level_a, name, &bytes_a);
	read_file(b, level_b, name, &bytes_b);
	assert_int_equal(bytes_a.size, bytes_b.size);
	assert_memory_equal(bytes_a.data, bytes_b.data, bytes_a.size);
}

static void package_build__twice_gives_the_same_bytes(void **state)
{
	static const char *const names[] = { "CP.SERVLINK", "DEBIAN.SERVLINK", "TCPIP.SERVLINK",
					     MANIFEST_NAME, MANIFEST_SIGNATURE_NAME };
	_cleanup_(cleanup_level) struct level *level = fill(*state);
	struct buffer first[5] = { BUFFER_INIT };

	assert_int_equal(build(*state, level), 0);
	for (size_t i = 0; i < 5; i++)
		read_file(*state, level, names[i], &first[i]);
	assert_int_equal(package_drop(level, 0, 0), 0);
	assert_int_equal(build(*state, level), 0);
	for (size_t i = 0; i < 5; i++) {
		_cleanup_(buffer_release) struct buffer second = BUFFER_INIT;

		read_file(*state, level, names[i], &second);
		assert_int_equal(first[i].size, second.size);
		assert_memory_equal(first[i].data, second.data, second.size);
		buffer_release(&first[i]);
	}
}

/* The same content by another way: other order, other inodes, other levels before. */
static struct level *fill_differently(struct package_fixture *fixture)
{
	_cleanup_(cleanup_level) struct level *base = fixture_level(fixture, "BASE");
	struct space *space = fixture_level_space(base);
	struct level *level;

	fixture_put(space, "VMSES/draft", "draft\n");
	fixture_put(space, "VMSES/tool", "not yet the tool\n");
	fixture_put(space, "TCPIP/profile", "port 21\n");
	level_put(fixture_add_level(fixture, "FIRST", "BASE"));
	fixture_put(space, "CP/program", "program\n");
	fixture_put(space, "VMSES/tool", "tool\n");
	fixture_remove(space, "VMSES/draft");
	fixture_set_all_mtimes(space, 1000000000);
	fixture_lock(fixture, "BASE");
	level = fixture_add_level(fixture, "L", "BASE");
	space = fixture_level_space(level);
	fixture_remove(space, "TCPIP");
	fixture_put(space, "DEBIAN/etc/other", "vm02\n");
	fixture_put(space, "DEBIAN/etc/hostname", "vm01\n");
	fixture_remove(space, "DEBIAN/etc/other");
	fixture_remove(space, "CP/program");
	fixture_put(space, "CP/program", "changed\n");
	fixture_set_all_mtimes(space, 1100000000);
	return level;
}

static void package_build__another_store_with_equal_content_gives_the_same_bytes(void **state)
{
	static const char *const names[] = { "CP.SERVLINK", "DEBIAN.SERVLINK", "TCPIP.SERVLINK",
					     MANIFEST_NAME };
	struct package_fixture *fixture = *state, *other;
	_cleanup_(cleanup_level) struct level *level = fill(fixture);
	struct level *level_there;
	void *there = NULL;

	assert_int_equal(package_fixture_setup(&there), 0);
	other = there;
	level_there = fill_differently(other);
	assert_int_equal(build(fixture, level), 0);
	assert_int_equal(build(other, level_there), 0);
	for (size_t i = 0; i < 4; i++)
		assert_same_file(fixture, level, other, level_there, names[i]);
	level_put(level_there);
	package_fixture_teardown(&there);
}

/* ---- current and stale ---- */

static void package_build__is_current_until_the_level_changes(void **state)
{
	_cleanup_(cleanup_level) struct level *level = fill(*state);

	assert_int_equal(level_package_current(level, 0), -CSM_PACKAGE_MISSING);
	assert_int_equal(build(*state, level), 0);
	assert_int_equal(level_package_current(level, 0), 1);
	fixture_put(fixture_level_space(level), "CP/program", "changed again\n");
	assert_int_equal(level_package_current(level, 0), 0);
	assert_int_equal(package_drop(level, 0, 0), 0);
	assert_int_equal(build(*state, level), 0);
	assert_int_equal(level_package_current(level, 0), 1);
}

static void package_build__a_change_of_another_level_leaves_it_current(void **state)
{
	_cleanup_(cleanup_level) struct level *level = fill(*state), *other = NULL;

	other = fixture_add_level(*state, "OTHER", "L");
	assert_int_equal(build(*state, level), 0);
	fixture_put(fixture_level_space(other), "CP/program", "changed there\n");
	assert_int_equal(level_package_current(level, 0), 1);
}

/* ---- refusals ---- */

static void package_build__an_existing_package_is_not_replaced(void **state)
{
	_cleanup_(cleanup_level) struct level *level = fill(*state);

	assert_int_equal(build(*state, level), 0);
	fixture_put(fixture_level_space(level), "CP/program", "changed again\n");
	assert_int_equal(build(*state, level), -CSM_PACKAGE_EXISTS);
	assert_int_equal(fixture_package_directories(*state), 1);
	assert_whole(*state, level);
}

static void package_build__base_is_refused(void **state)
{
	_cleanup_(cleanup_level) struct level *base = NULL;

	fill_base(*state);
	base = fixture_level(*state, "BASE");
	assert_int_equal(build(*state, base), -CSM_BASE_PERMANENT);
	assert_int_equal(fixture_package_directories(*state), 0);
}

static void package_build__against_an_unlocked_base_is_refused(void **state)
{
	_cleanup_(cleanup_level) struct level *level = fixture_add_level(*state, "L", "BASE");

	fixture_put(fixture_level_space(level), "CP/program", "program\n");
	assert_int_equal(build(*state, level), -CSM_BASE_UNLOCKED);
	assert_int_equal(fixture_package_directories(*state), 0);
}

static void package_build__against_itself_or_nothing_is_refused(void **state)
{
	struct package_fixture *fixture = *state;
	_cleanup_(cleanup_level) struct level *level = fill(fixture);

	assert_int_equal(package_build(level, level_id(level), fixture->key, 0, NULL), -CSM_PACKAGE_AGAINST);
	assert_int_equal(package_build(level, 4711, fixture->key, 0, NULL), -CSM_LEVEL_UNKNOWN);
	assert_int_equal(fixture_package_directories(fixture), 0);
}

static void package_build__of_a_deleted_level_is_refused(void **state)
{
	struct package_fixture *fixture = *state;
	_cleanup_(cleanup_level) struct level *level = fill(fixture);

	assert_int_equal(level_delete(level, 0, NULL, NULL), 0);
	assert_true(build(fixture, level) < 0);
	assert_int_equal(fixture_package_directories(fixture), 0);
}

static void package_build__a_locked_level_without_a_package_is_packaged(void **state)
{
	_cleanup_(cleanup_level) struct level *level = fill(*state);

	fixture_lock(*state, "L");
	assert_int_equal(build(*state, level), 0);
	assert_whole(*state, level);
}

static void package_build__a_locked_level_gets_the_package_it_had(void **state)
{
	_cleanup_(cleanup_level) struct level *level = fill(*state);

	assert_int_equal(build(*state, level), 0);
	fixture_lock(*state, "L");
	assert_int_equal(package_drop(level, 0, 0), 0);
	assert_int_equal(build(*state, level), 0);
	assert_whole(*state, level);
}

static void package_build__a_locked_level_gets_no_other_package_than_it_had(void **state)
{
	_cleanup_(cleanup_level) struct level *level = fill(*state);

	assert_int_equal(build(*state, level), 0);
	assert_int_equal(package_drop(level, 0, 0), 0);
	fixture_put(fixture_level_space(level), "CP/program", "changed again\n");
	fixture_lock(*state, "L");
	assert_int_equal(build(*state, level), -CSM_PACKAGE_DIFFERS);
	assert_int_equal(fixture_package_directories(*state), 0);
}

static void package_build__each_result_is_one_line_of_the_control_log(void **state)
{
	struct package_fixture *fixture = *state;
	_cleanup_(cleanup_level) struct level *level = fill(fixture);
	_cleanup_(buffer_release) struct buffer text = BUFFER_INIT;

	assert_int_equal(package_build(level, 0, fixture->key, 42, NULL), 0);
	assert_int_equal(package_build(level, 0, fixture->key, 42, NULL), -CSM_PACKAGE_EXISTS);
	assert_int_equal(package_drop(level, 0, 42), 0);
	assert_int_equal(oplog_text(filespace_oplog(fixture->filespace), &text), 0);
	buffer_u8(&text, '\0');
	assert_non_null(strstr((char *)text.data, " uid=42 package L ok\n"));
	assert_non_null(strstr((char *)text.data, " uid=42 package L refused PACKAGE_EXISTS: "));
	assert_non_null(strstr((char *)text.data, " uid=42 droppackage L ok\n"));
}

/* ---- progress ---- */

static void note_component(void *context, const char *level, const char *component, uint64_t files,
			   uint64_t bytes)
{
	struct buffer *text = context;

	assert_string_equal(level, "L");
	if (files > 0)
		buffer_printf(text, "%s %d %d\n", component, (int)files, (int)bytes);
}

static void package_build__progress_is_reported_component_by_component(void **state)
{
	struct package_fixture *fixture = *state;
	_cleanup_(cleanup_level) struct level *level = fill(fixture);
	_cleanup_(buffer_release) struct buffer text = BUFFER_INIT;
	const struct package_progress progress = { note_component, &text };

	assert_int_equal(package_build(level, 0, fixture->key, 0, &progress), 0);
	buffer_u8(&text, '\0');
	assert_string_equal((char *)text.data, "CP 1 8\nDEBIAN 3 5\nTCPIP 1 0\n");
}

/* ---- dropping and cleaning ---- */

static void package_drop__removes_the_files(void **state)
{
	_cleanup_(cleanup_level) struct level *level = fill(*state);
	struct package_record record;

	assert_int_equal(build(*state, level), 0);
	assert_int_equal(fixture_package_directories(*state), 1);
	assert_int_equal(package_drop(level, 0, 0), 0);
	assert_int_equal(fixture_package_directories(*state), 0);
	assert_int_equal(level_package(level, 0, &record), -ENOENT);
}

static void package_drop__without_a_package_is_enoent(void **state)
{
	_cleanup_(cleanup_level) struct level *level = fill(*state);

	assert_int_equal(package_drop(level, 0, 0), -ENOENT);
}

static void package_drop__the_package_of_a_stable_level_is_kept(void **state)
{
	_cleanup_(cleanup_level) struct level *level = fill(*state);

	assert_int_equal(build(*state, level), 0);
	assert_int_equal(level_declare_stable(level, 0), 0);
	assert_int_equal(package_drop(level, 0, 0), -CSM_PACKAGE_STABLE);
	assert_whole(*state, level);
}

static void packages_clean__removes_what_no_record_names(void **state)
{
	struct package_fixture *fixture = *state;
	_cleanup_(cleanup_level) struct level *level = fill(fixture);
	struct space *files = filespace_files(fixture->filespace);
	struct inode packages, inode;
	const struct new_inode new_inode = { .mode = S_IFDIR | 0755 };

	assert_int_equal(build(fixture, level), 0);
	assert_int_equal(space_lookup(files, INODE_BUILD, "packages", &packages), 0);
	assert_int_equal(space_create(files, packages.number, "half", &new_inode,
				      (enum edit_flags)0, &inode),
			 0);
	fixture_file(files, inode.number, "CP.SERVLINK", "half a tarball");
	assert_int_equal(packages_clean(fixture->filespace), 0);
	assert_int_equal(fixture_package_directories(fixture), 1);
	assert_whole(fixture, level);
}

static void packages_clean__of_a_new_release_has_nothing_to_do(void **state)
{
	struct package_fixture *fixture = *state;

	assert_int_equal(packages_clean(fixture->filespace), 0);
	assert_int_equal(fixture_package_directories(fixture), 0);
}

/* ---- faults ---- */

/* What is found is a whole package, and one directory, or none and none. */
static void assert_whole_or_none(struct package_fixture *fixture, bool must_be_there)
{
	_cleanup_(cleanup_level) struct level *level = fixture_level(fixture, "L");
	struct package_record record;
	int r = level_package(level, 0, &record);

	if (r == -ENOENT && !must_be_there) {
		assert_int_equal(fixture_package_directories(fixture), 0);
		return;
	}
	assert_int_equal(r, 0);
	assert_int_equal(fixture_package_directories(fixture), 1);
	assert_whole(fixture, level);
}

struct fault_run {
	struct package_fixture *fixture; /* its engine is the one inside */
	unsigned calls;
	enum fault_mode mode;
	bool power_cut;
	int (*act)(struct package_fixture *fixture, struct level *level);
};

/* One act on the store with a strike at the n-th call; true while it struck. */
static bool run_with_fault(const struct fault_run *run, uint64_t n)
{
	struct package_fixture rooms = { .key = run->fixture->key };
	struct engine_faulty *faulty = NULL;
	struct engine engine;
	struct level *level;
	bool struck;
	int r;

	assert_int_equal(engine_faulty_new(&run->fixture->engine, &faulty), 0);
	engine = engine_faulty_engine(faulty);
	assert_int_equal(package_fixture_open(&rooms, &engine), 0);
	level = fixture_level(&rooms, "L");
	engine_faulty_strike(faulty, run->calls, n, run->mode);
	r = run->act(&rooms, level);
	struck = engine_faulty_struck(faulty);
	if (run->mode == FAULT_ONCE) {
		/* The process goes on; the look at what there is must not be what is struck. */
		engine_faulty_strike(faulty, FAULT_CHANGES, 1, FAULT_NONE);
		assert_whole_or_none(&rooms, r == 0);
	}
	if (run->power_cut)
		assert_int_equal(engine_faulty_power_cut(faulty, 0), 0);
	level_put(level);
	package_fixture_close(&rooms);
	engine_faulty_free(faulty);

	assert_int_equal(package_fixture_open(run->fixture, &run->fixture->engine), 0);
	assert_whole_or_none(run->fixture, r == 0);
	level = fixture_level(run->fixture, "L");
	package_drop(level, 0, 0);
	level_put(level);
	package_fixture_close(run->fixture);
	return struck;
}

static void run_until_nothing_strikes(struct package_fixture *fixture, unsigned calls,
				      enum fault_mode mode, bool power_cut)
{
	struct fault_run run = { fixture, calls, mode, power_cut, build };
	uint64_t n = 1;

	level_put(fill(fixture));
	package_fixture_close(fixture);
	while (run_with_fault(&run, n))
		n++;
	assert_in_range(n, 10, 100000); /* it did strike */
	assert_int_equal(package_fixture_open(fixture, &fixture->engine), 0);
}

static void package_build__one_failed_change_leaves_none_or_a_whole_one(void **state)
{
	run_until_nothing_strikes(*state, FAULT_CHANGES, FAULT_ONCE, false);
}

static void package_build__one_failed_read_leaves_none_or_a_whole_one(void **state)
{
	run_until_nothing_strikes(*state, FAULT_GET, FAULT_ONCE, false);
}

static void package_build__a_process_that_ends_leaves_none_or_a_whole_one(void **state)
{
	run_until_nothing_strikes(*state, FAULT_CHANGES, FAULT_DEAD, false);
}

static void package_build__a_power_cut_leaves_none_or_a_whole_one(void **state)
{
	run_until_nothing_strikes(*state, FAULT_CHANGES, FAULT_DEAD, true);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, package_fixture_setup, package_fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(package_build__writes_one_servlink_for_each_affected_component),
		TEST(package_build__sums_and_signature_agree),
		TEST(package_build__the_manifest_has_the_levels_record),
		TEST(package_build__a_level_without_changes_has_a_manifest_only),
		TEST(package_build__against_another_level_has_what_differs_from_it),
		TEST(package_build__packages_against_several_levels_stand_side_by_side),
		TEST(package_build__twice_gives_the_same_bytes),
		TEST(package_build__another_store_with_equal_content_gives_the_same_bytes),
		TEST(package_build__is_current_until_the_level_changes),
		TEST(package_build__a_change_of_another_level_leaves_it_current),
		TEST(package_build__an_existing_package_is_not_replaced),
		TEST(package_build__base_is_refused),
		TEST(package_build__against_an_unlocked_base_is_refused),
		TEST(package_build__against_itself_or_nothing_is_refused),
		TEST(package_build__of_a_deleted_level_is_refused),
		TEST(package_build__a_locked_level_without_a_package_is_packaged),
		TEST(package_build__a_locked_level_gets_the_package_it_had),
		TEST(package_build__a_locked_level_gets_no_other_package_than_it_had),
		TEST(package_build__each_result_is_one_line_of_the_control_log),
		TEST(package_build__progress_is_reported_component_by_component),
		TEST(package_drop__removes_the_files),
		TEST(package_drop__without_a_package_is_enoent),
		TEST(package_drop__the_package_of_a_stable_level_is_kept),
		TEST(packages_clean__removes_what_no_record_names),
		TEST(packages_clean__of_a_new_release_has_nothing_to_do),
		TEST(package_build__one_failed_change_leaves_none_or_a_whole_one),
		TEST(package_build__one_failed_read_leaves_none_or_a_whole_one),
		TEST(package_build__a_process_that_ends_leaves_none_or_a_whole_one),
		TEST(package_build__a_power_cut_leaves_none_or_a_whole_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
