/*
 * The operations on a release that crash tests cut, the release they are done to, and what it shows.
 * Each does one thing in one way; a test that does two of them one after the other meets
 * refusals, too, and those are expected to change nothing.
 */
#include "tests/support/release_operations.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/base/cleanup.h"
#include "store/package/package.h"

/* ---- what there is before ---- */

static const struct sign_key *key;

int release_package(struct release_fixture *release, const char *level, const char *against)
{
	uint32_t id = against ? level_id(level_at(release, against)) : 0;

	return package_build(level_at(release, level), id, key, TEST_UID, NULL);
}

static void made_stable(struct release_fixture *release, const char *name)
{
	level_made(release, name, "BASE");
	level_write(release, name, name, name);
	assert_int_equal(release_package(release, name, NULL), 0);
	assert_int_equal(level_declare_stable(level_at(release, name), TEST_UID), 0);
}

static uint32_t vm01(struct release_fixture *release)
{
	return system_at(release, "vm01").id;
}

static int give_to_test(struct release_fixture *release, const char *level)
{
	return system_set_link(release->systems, vm01(release), LINK_TEST,
			       level_id(level_at(release, level)), TEST_UID);
}

static int move_link(struct release_fixture *release, enum system_link from)
{
	return system_move_link(release->systems, vm01(release), from, LINK_PRODUCTION, TEST_UID);
}

/* vm01 has run OLD, runs RUN and tests NEXT, all STABLE; the others are in TEST. */
void release_prepare(struct release_fixture *release, const struct sign_key *signing)
{
	struct system_info info;

	key = signing;
	level_write(release, "BASE", "part", "base");
	assert_int_equal(level_set_lock(level_at(release, "BASE"), true, TEST_UID), 0);
	made_stable(release, "OLD");
	made_stable(release, "RUN");
	made_stable(release, "NEXT");
	assert_int_equal(system_add(release->systems, "vm01", TEST_UID, &info), 0);
	for (const char *const *level = (const char *const[]){ "OLD", "RUN", "NEXT", NULL }; *level;
	     level++) {
		assert_int_equal(give_to_test(release, *level), 0);
		if (strcmp(*level, "NEXT") != 0)
			assert_int_equal(move_link(release, LINK_TEST), 0);
	}
	level_made(release, "PACKED", "BASE");
	level_write(release, "PACKED", "part", "changed");
	assert_int_equal(release_package(release, "PACKED", NULL), 0);
	level_made(release, "FILLED", "RUN");
	level_write(release, "FILLED", "more", "more");
	level_made(release, "SHUT", "BASE");
	assert_int_equal(level_set_lock(level_at(release, "SHUT"), true, TEST_UID), 0);
	level_made(release, "EMPTY", "BASE");
}

/* ---- the operations ---- */

static int add_level(struct release_fixture *release)
{
	_cleanup_(cleanup_level) struct level *level = NULL;

	return level_add(release->filespace, "NEW", TEST_UID, &level);
}

static int set_basedon(struct release_fixture *release)
{
	return level_set_basedon(level_at(release, "EMPTY"), "FILLED", TEST_UID);
}

static int describe(struct release_fixture *release)
{
	return level_set_description(level_at(release, "FILLED"), "August RSU", TEST_UID);
}

static int set_esm(struct release_fixture *release)
{
	return level_set_esm(level_at(release, "EMPTY"), "RACF", TEST_UID);
}

static int lock(struct release_fixture *release)
{
	return level_set_lock(level_at(release, "PACKED"), true, TEST_UID);
}

static int unlock(struct release_fixture *release)
{
	return level_set_lock(level_at(release, "SHUT"), false, TEST_UID);
}

static int declare_stable(struct release_fixture *release)
{
	return level_declare_stable(level_at(release, "PACKED"), TEST_UID);
}

static int build_package(struct release_fixture *release)
{
	return release_package(release, "FILLED", NULL);
}

static int build_package_from(struct release_fixture *release)
{
	return release_package(release, "PACKED", "RUN");
}

static int drop_package(struct release_fixture *release)
{
	return package_drop(level_at(release, "PACKED"), 0, TEST_UID);
}

static int delete_filled(struct release_fixture *release)
{
	return level_delete_at(release, "FILLED");
}

static int delete_packed(struct release_fixture *release)
{
	return level_delete_at(release, "PACKED");
}

static int add_system(struct release_fixture *release)
{
	struct system_info info;

	return system_add(release->systems, "vm02", TEST_UID, &info);
}

static int delete_system(struct release_fixture *release)
{
	return system_delete(release->systems, "vm01", TEST_UID);
}

static int set_host(struct release_fixture *release)
{
	return system_set(release->systems, vm01(release), "host", "vm01.example.org", TEST_UID);
}

static int test_another(struct release_fixture *release)
{
	return give_to_test(release, "PACKED");
}

static int remove_previous(struct release_fixture *release)
{
	return system_remove_link(release->systems, vm01(release), LINK_PREVIOUS, TEST_UID);
}

static int put2prod(struct release_fixture *release)
{
	return move_link(release, LINK_TEST);
}

static int roll_back(struct release_fixture *release)
{
	return move_link(release, LINK_PREVIOUS);
}

/* What no operation waits for: it is there after the next that does. */
static int edit(struct release_fixture *release)
{
	return level_try_write(release, "FILLED", "TCPIP");
}

/* A level or a system that the first operation took away is none of the second's. */
static bool is_possible(struct release_fixture *release, const char *level, const char *system)
{
	struct system_info info;

	return (!level || level_exists(release, level)) &&
	       (!system || system_find(release->systems, system, &info) == 0);
}

const struct release_operation release_operations[RELEASE_OPERATIONS] = {
	{ "add a level", add_level, NULL, NULL, false },
	{ "basedon", set_basedon, "FILLED", NULL, false },
	{ "description", describe, "FILLED", NULL, false },
	{ "esm", set_esm, NULL, NULL, false },
	{ "lock", lock, "PACKED", NULL, false },
	{ "unlock", unlock, NULL, NULL, false },
	{ "STABLE", declare_stable, "PACKED", NULL, false },
	{ "package", build_package, "FILLED", NULL, false },
	{ "package from another level", build_package_from, "PACKED", NULL, false },
	{ "drop a package", drop_package, "PACKED", NULL, false },
	{ "delete a level", delete_filled, "FILLED", NULL, false },
	{ "delete a level with its package", delete_packed, "PACKED", NULL, false },
	{ "add a system", add_system, NULL, NULL, false },
	{ "delete a system", delete_system, NULL, "vm01", false },
	{ "a system's host", set_host, NULL, "vm01", false },
	{ "test", test_another, "PACKED", "vm01", false },
	{ "remove previous", remove_previous, NULL, "vm01", false },
	{ "put2prod", put2prod, NULL, "vm01", false },
	{ "roll back", roll_back, NULL, "vm01", false },
	{ "edit", edit, "FILLED", NULL, true },
};

int release_run(struct release_fixture *release, const struct release_operation *operation)
{
	return is_possible(release, operation->level, operation->system) ? operation->act(release)
									  : -ENOENT;
}

/* ---- what a release shows ---- */

struct description {
	struct release_fixture *release;
	struct buffer text;
	size_t packages;
};

static int describe_package(void *context, const struct package_record *record)
{
	struct description *description = context;

	description->packages++;
	buffer_printf(&description->text, " package against %u", record->against);
	return 0;
}

static int describe_level(void *context, struct level *level)
{
	struct description *description = context;
	struct level_info info;
	struct digest digest;

	level_info(level, &info);
	assert_int_equal(level_digest(level, &digest), 0);
	buffer_printf(&description->text, "%s on %s '%s' %s %s %s, content", info.name,
		      info.basedon, info.description, info.esm,
		      info.state == STATE_STABLE ? "STABLE" : "TEST",
		      info.locked ? "locked" : "unlocked");
	for (size_t i = 0; i < sizeof(digest.bytes); i++)
		buffer_printf(&description->text, "%s%02x", i ? "" : " ", digest.bytes[i]);
	assert_int_equal(level_each_package(level, describe_package, description), 0);
	buffer_printf(&description->text, "%s\n",
		      level_package_current(level, 0) == 1 ? ", current" : "");
	return 0;
}

static int describe_system(void *context, const struct system_info *info)
{
	struct description *description = context;
	struct release_fixture *release = description->release;
	_cleanup_(cleanup_buffer) struct buffer host = BUFFER_INIT;
	struct inode log;

	buffer_printf(&description->text, "%s:", info->name);
	for (int link = 0; link < LINK_COUNT; link++)
		buffer_printf(&description->text, " %s",
			      link_of(release, info->name, (enum system_link)link));
	assert_int_equal(space_inode(filespace_files(release->filespace), info->log, &log), 0);
	buffer_printf(&description->text, " %s\n",
		      system_get(release->systems, info->id, "host", &host) == 0 ? "host" : "");
	return 0;
}

char *release_text(struct release_fixture *release, size_t *ret_packages)
{
	struct description description = { .release = release, .text = BUFFER_INIT };

	assert_int_equal(filespace_each_level(release->filespace, describe_level, &description), 0);
	assert_int_equal(systems_each(release->systems, describe_system, &description), 0);
	buffer_u8(&description.text, 0);
	assert_false(buffer_failed(&description.text));
	if (ret_packages)
		*ret_packages = description.packages;
	return (char *)description.text.data;
}
