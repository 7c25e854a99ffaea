/*
 * DELTA and BUILD as windows on one level. Base tree of every test, below component CP:
 *   a "a"   b "b"   d/x "x"   d/y "y"   l -> a
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "store/base/cleanup.h"
#include "store/store.h"
#include "tests/support/tree_fixture.h"

struct world {
	struct store *store;
	struct filespace *filespace;
	struct level *base, *level;
	struct space *space; /* of level */
	uint64_t cp;	     /* CP in both */
};

static struct window_entry create(struct world *world, enum window window, uint64_t dir,
				  const char *name, uint32_t mode)
{
	struct new_inode new_inode = { .mode = mode };
	struct window_entry entry;

	assert_int_equal(window_create(world->level, window, dir, name, &new_inode, &entry), 0);
	return entry;
}

static int setup(void **state)
{
	struct world *world = calloc(1, sizeof(*world));
	struct new_inode link = { .mode = S_IFLNK | 0777, .target = "a" };
	struct space *space;
	struct inode inode;
	uint64_t d;

	assert_non_null(world);
	assert_int_equal(store_open_memory("720", &world->store), 0);
	assert_int_equal(filespace_open(world->store->trees, "720", &world->filespace), 0);
	assert_int_equal(filespace_level(world->filespace, "BASE", &world->base), 0);
	assert_int_equal(level_space(world->base, &space), 0);
	world->cp = fixture_mkdir(space, INODE_BUILD, "CP");
	fixture_file(space, world->cp, "a", "a");
	fixture_file(space, world->cp, "b", "b");
	d = fixture_mkdir(space, world->cp, "d");
	fixture_file(space, d, "x", "x");
	fixture_file(space, d, "y", "y");
	assert_int_equal(space_create(space, world->cp, "l", &link, 0, &inode), 0);
	assert_int_equal(level_set_lock(world->base, true, 0), 0);
	assert_int_equal(level_add(world->filespace, "L1", 0, &world->level), 0);
	assert_int_equal(level_space(world->level, &world->space), 0);
	*state = world;
	return 0;
}

static int teardown(void **state)
{
	struct world *world = *state;

	level_put(world->level);
	level_put(world->base);
	filespace_close(world->filespace);
	store_close(world->store);
	free(world);
	return 0;
}

struct text_walk {
	struct world *world;
	const char *above;
	struct buffer *text;
	uint64_t dir;
};

/* "name", "name/" for directories, "!name" for deletions, "=" after an opaque directory. */
static int add_entry(void *context, const char *name, uint64_t number, uint32_t type, bool whiteout)
{
	struct text_walk *walk = context;
	char path[256];
	struct text_walk below = { walk->world, path, walk->text, number };

	snprintf(path, sizeof(path), "%s%s/", walk->above, name);
	buffer_printf(walk->text, "%s%s%s%s", whiteout ? "!" : "", walk->above, name,
		      type == S_IFDIR ? "/" : "");
	if (type == S_IFDIR && window_opaque(walk->world->level, number) == 1)
		buffer_text(walk->text, "=");
	buffer_u8(walk->text, ' ');
	if (type != S_IFDIR)
		return 0;
	return window_list(walk->world->level, WINDOW_DELTA, number, add_entry, &below);
}

static void expect_delta(struct world *world, const char *wanted)
{
	struct buffer text = BUFFER_INIT;
	struct text_walk walk = { world, "", &text, INODE_BUILD };
	_cleanup_free_ char *found = NULL;

	assert_int_equal(window_list(world->level, WINDOW_DELTA, INODE_BUILD, add_entry, &walk), 0);
	found = buffer_detach_text(&text);
	assert_string_equal(found, wanted);
}

static uint64_t at(struct world *world, const char *path)
{
	return fixture_path(world->space, path);
}

static void expect_content(struct world *world, const char *path, const char *wanted)
{
	_cleanup_free_ char *text = NULL;

	assert_int_not_equal(at(world, path), 0);
	text = fixture_read(world->space, at(world, path));
	assert_string_equal(text, wanted);
}

/* ---- BUILD changes, DELTA shows ---- */

static void delta__of_a_new_level_is_empty(void **state)
{
	expect_delta(*state, "");
}

static void delta__shows_a_file_changed_in_build(void **state)
{
	struct world *world = *state;

	fixture_write(world->space, at(world, "CP/d/x"), 0, "X", 1);
	expect_delta(world, "CP/ CP/d/ CP/d/x ");
}

static void delta__shows_an_added_directory_whole(void **state)
{
	struct world *world = *state;
	struct window_entry e = create(world, WINDOW_BUILD, world->cp, "e", S_IFDIR | 0755);

	create(world, WINDOW_BUILD, e.inode.number, "f", S_IFREG | 0644);
	expect_delta(world, "CP/ CP/e/ CP/e/f ");
}

static void delta__shows_a_deletion_as_a_whiteout(void **state)
{
	struct world *world = *state;

	assert_int_equal(window_unlink(world->level, WINDOW_BUILD, world->cp, "a"), 0);
	expect_delta(world, "CP/ !CP/a ");
}

static void delta__shows_a_deleted_directory_as_one_whiteout(void **state)
{
	struct world *world = *state;

	assert_int_equal(space_remove_all(world->space, world->cp, "d"), 0);
	expect_delta(world, "CP/ !CP/d ");
}

static void delta__a_replaced_directory_is_opaque(void **state)
{
	struct world *world = *state;
	struct window_entry d;

	assert_int_equal(space_remove_all(world->space, world->cp, "d"), 0);
	d = create(world, WINDOW_BUILD, world->cp, "d", S_IFDIR | 0755);
	create(world, WINDOW_BUILD, d.inode.number, "new", S_IFREG | 0644);
	expect_delta(world, "CP/ CP/d/= CP/d/new ");
}

static void delta__a_replaced_directory_that_kept_a_file_is_not_opaque(void **state)
{
	struct world *world = *state;
	struct window_entry d;

	assert_int_equal(space_remove_all(world->space, world->cp, "d"), 0);
	d = create(world, WINDOW_BUILD, world->cp, "d", S_IFDIR | 0755);
	fixture_file(world->space, d.inode.number, "x", "x");
	fixture_file(world->space, d.inode.number, "z", "z");
	expect_delta(world, "CP/ CP/d/ !CP/d/y CP/d/z ");
}

static void delta__a_renamed_directory_shows_at_both_places(void **state)
{
	struct world *world = *state;

	assert_int_equal(
		window_rename(world->level, WINDOW_BUILD, world->cp, "d", world->cp, "e", 0), 0);
	expect_delta(world, "CP/ !CP/d CP/e/ CP/e/x CP/e/y ");
}

static void delta__a_change_taken_back_does_not_show(void **state)
{
	struct world *world = *state;

	fixture_write(world->space, at(world, "CP/a"), 0, "A", 1);
	expect_delta(world, "CP/ CP/a ");
	fixture_write(world->space, at(world, "CP/a"), 0, "a", 1);
	expect_delta(world, "");
}

static void delta__a_change_of_times_does_not_show(void **state)
{
	struct attr_change times = { .set = SET_MTIME };
	struct world *world = *state;
	struct inode inode;

	assert_int_equal(space_setattr(world->space, at(world, "CP/a"), &times, &inode), 0);
	expect_delta(world, "");
}

static void delta__a_file_made_and_removed_again_does_not_show(void **state)
{
	struct world *world = *state;

	create(world, WINDOW_BUILD, world->cp, "t", S_IFREG | 0644);
	assert_int_equal(window_unlink(world->level, WINDOW_BUILD, world->cp, "t"), 0);
	expect_delta(world, "");
}

static void delta__still_shows_a_change_from_before_a_seal(void **state)
{
	struct world *world = *state;
	version_id base;

	fixture_write(world->space, at(world, "CP/a"), 0, "A", 1);
	assert_int_equal(window_unlink(world->level, WINDOW_BUILD, world->cp, "b"), 0);
	assert_int_equal(space_seal(world->space, NULL, NULL, &base), 0);
	create(world, WINDOW_BUILD, world->cp, "c", S_IFREG | 0644);
	expect_delta(world, "CP/ CP/a !CP/b CP/c ");
}

static void delta__of_base_is_its_whole_content(void **state)
{
	struct world *world = *state;
	struct level *mine = world->level;

	world->level = world->base;
	expect_delta(world, "CP/ CP/a CP/b CP/d/ CP/d/x CP/d/y CP/l ");
	world->level = mine;
}

/* ---- DELTA changes, BUILD follows ---- */

static void create__in_delta_over_an_inherited_file_replaces_it(void **state)
{
	struct world *world = *state;
	struct window_entry cp = create(world, WINDOW_DELTA, INODE_BUILD, "CP", S_IFDIR | 0755);
	struct window_entry a = create(world, WINDOW_DELTA, cp.inode.number, "a", S_IFREG | 0644);

	assert_int_equal(cp.inode.number, world->cp);
	fixture_write(world->space, a.inode.number, 0, "new", 3);
	expect_content(world, "CP/a", "new");
	expect_delta(world, "CP/ CP/a ");
}

static void create__in_delta_shows_even_when_equal_to_the_base(void **state)
{
	struct world *world = *state;
	struct window_entry a;

	create(world, WINDOW_DELTA, INODE_BUILD, "CP", S_IFDIR | 0755);
	a = create(world, WINDOW_DELTA, world->cp, "a", S_IFREG | 0644);
	fixture_write(world->space, a.inode.number, 0, "a", 1);
	expect_delta(world, "CP/ CP/a ");
}

static void create__of_what_delta_shows_is_refused(void **state)
{
	struct new_inode new_inode = { .mode = S_IFREG | 0644 };
	struct world *world = *state;
	struct window_entry entry;

	fixture_write(world->space, at(world, "CP/a"), 0, "A", 1);
	assert_int_equal(window_create(world->level, WINDOW_DELTA, world->cp, "a", &new_inode,
				       &entry),
			 -EEXIST);
}

static void mknod__of_a_whiteout_deletes_in_build(void **state)
{
	struct world *world = *state;
	struct window_entry entry = create(world, WINDOW_DELTA, world->cp, "a", S_IFCHR);

	assert_true(entry.whiteout);
	assert_int_equal(at(world, "CP/a"), 0);
	create(world, WINDOW_DELTA, world->cp, "d", S_IFCHR);
	assert_int_equal(at(world, "CP/d"), 0);
	expect_delta(world, "CP/ !CP/a !CP/d ");
}

static void unlink__of_a_whiteout_brings_the_file_back(void **state)
{
	struct world *world = *state;

	assert_int_equal(window_unlink(world->level, WINDOW_BUILD, world->cp, "a"), 0);
	assert_int_equal(window_unlink(world->level, WINDOW_DELTA, world->cp, "a"), 0);
	expect_content(world, "CP/a", "a");
	expect_delta(world, "CP/ "); /* rm -r has seen it: it goes by its own rmdir */
}

static void unlink__of_a_directorys_whiteout_brings_all_of_it_back(void **state)
{
	struct world *world = *state;

	assert_int_equal(space_remove_all(world->space, world->cp, "d"), 0);
	assert_int_equal(window_unlink(world->level, WINDOW_DELTA, world->cp, "d"), 0);
	expect_content(world, "CP/d/x", "x");
	expect_content(world, "CP/d/y", "y");
	expect_delta(world, "CP/ "); /* rm -r has seen it: it goes by its own rmdir */
}

static void unlink__of_a_changed_file_takes_the_change_back(void **state)
{
	struct world *world = *state;

	fixture_write(world->space, at(world, "CP/a"), 0, "A", 1);
	assert_int_equal(window_unlink(world->level, WINDOW_DELTA, world->cp, "a"), 0);
	expect_content(world, "CP/a", "a");
	expect_delta(world, "CP/ "); /* rm -r has seen it: it goes by its own rmdir */
}

static void unlink__of_an_added_file_removes_it(void **state)
{
	struct world *world = *state;

	create(world, WINDOW_BUILD, world->cp, "n", S_IFREG | 0644);
	assert_int_equal(window_unlink(world->level, WINDOW_DELTA, world->cp, "n"), 0);
	assert_int_equal(at(world, "CP/n"), 0);
	expect_delta(world, "CP/ "); /* rm -r has seen it: it goes by its own rmdir */
}

static void unlink__of_what_delta_does_not_show_is_refused(void **state)
{
	struct world *world = *state;

	assert_int_equal(window_unlink(world->level, WINDOW_DELTA, world->cp, "a"), -ENOENT);
}

static void rmdir__of_a_shown_inherited_directory_takes_it_back(void **state)
{
	struct attr_change mode = { .set = SET_MODE, .mode = 0700 };
	struct world *world = *state;
	struct inode inode;

	assert_int_equal(space_setattr(world->space, at(world, "CP/d"), &mode, &inode), 0);
	expect_delta(world, "CP/ CP/d/ ");
	assert_int_equal(window_rmdir(world->level, WINDOW_DELTA, world->cp, "d"), 0);
	assert_int_equal(fixture_inode(world->space, at(world, "CP/d")).mode, S_IFDIR | 0755);
	expect_content(world, "CP/d/x", "x");
	expect_delta(world, "CP/ "); /* rm -r has seen it: it goes by its own rmdir */
}

static void rmdir__of_an_opaque_directory_brings_the_bases_back(void **state)
{
	struct world *world = *state;

	assert_int_equal(space_remove_all(world->space, world->cp, "d"), 0);
	create(world, WINDOW_BUILD, world->cp, "d", S_IFDIR | 0755);
	expect_delta(world, "CP/ CP/d/= ");
	assert_int_equal(window_rmdir(world->level, WINDOW_DELTA, world->cp, "d"), 0);
	expect_content(world, "CP/d/x", "x");
	expect_delta(world, "CP/ "); /* rm -r has seen it: it goes by its own rmdir */
}

static void rmdir__of_a_directory_that_shows_something_is_refused(void **state)
{
	struct world *world = *state;

	fixture_write(world->space, at(world, "CP/d/x"), 0, "X", 1);
	assert_int_equal(window_rmdir(world->level, WINDOW_DELTA, world->cp, "d"), -ENOTEMPTY);
}

static void rename__in_delta_over_an_inherited_file(void **state)
{
	struct world *world = *state;
	struct window_entry t;

	create(world, WINDOW_DELTA, INODE_BUILD, "CP", S_IFDIR | 0755);
	t = create(world, WINDOW_DELTA, world->cp, "t", S_IFREG | 0644);
	fixture_write(world->space, t.inode.number, 0, "new", 3);
	assert_int_equal(
		window_rename(world->level, WINDOW_DELTA, world->cp, "t", world->cp, "a", 0), 0);
	expect_content(world, "CP/a", "new");
	expect_delta(world, "CP/ CP/a ");
}

static void rename__in_delta_leaves_the_bases_file_behind(void **state)
{
	struct world *world = *state;

	fixture_write(world->space, at(world, "CP/a"), 0, "A", 1);
	assert_int_equal(
		window_rename(world->level, WINDOW_DELTA, world->cp, "a", world->cp, "c", 0), 0);
	expect_content(world, "CP/a", "a");
	expect_content(world, "CP/c", "A");
	expect_delta(world, "CP/ CP/c ");
}

static void link__in_delta_over_an_inherited_file(void **state)
{
	struct world *world = *state;
	struct inode inode;

	fixture_write(world->space, at(world, "CP/a"), 0, "A", 1);
	assert_int_equal(window_link(world->level, WINDOW_DELTA, at(world, "CP/a"), world->cp, "b",
				     &inode),
			 0);
	assert_int_equal(at(world, "CP/a"), at(world, "CP/b"));
	expect_delta(world, "CP/ CP/a CP/b ");
}

static void set_opaque__deletes_what_was_inherited(void **state)
{
	struct world *world = *state;
	uint64_t d = at(world, "CP/d");

	create(world, WINDOW_BUILD, d, "new", S_IFREG | 0644);
	assert_int_equal(window_set_opaque(world->level, d), 0);
	assert_int_equal(at(world, "CP/d/x"), 0);
	assert_int_not_equal(at(world, "CP/d/new"), 0);
}

static void rmdir__of_a_component_without_changes_empties_delta(void **state)
{
	struct world *world = *state;

	assert_int_equal(window_unlink(world->level, WINDOW_BUILD, world->cp, "a"), 0);
	assert_int_equal(window_unlink(world->level, WINDOW_DELTA, world->cp, "a"), 0);
	assert_int_equal(window_rmdir(world->level, WINDOW_DELTA, INODE_BUILD, "CP"), 0);
	expect_content(world, "CP/a", "a");
	expect_delta(world, "");
}

/* ---- rules ---- */

static void top__holds_components_only(void **state)
{
	struct new_inode file = { .mode = S_IFREG | 0644 }, dir = { .mode = S_IFDIR | 0755 };
	struct world *world = *state;
	struct window_entry entry;
	struct inode inode;

	for (enum window window = WINDOW_BUILD; window <= WINDOW_DELTA; window++) {
		assert_int_equal(window_create(world->level, window, INODE_BUILD, "f", &file,
					       &entry),
				 -CSM_COMPONENTS_ONLY);
		assert_int_equal(window_create(world->level, window, INODE_BUILD, ".x", &dir,
					       &entry),
				 -CSM_NAME_BAD);
	}
	assert_int_equal(window_link(world->level, WINDOW_BUILD, at(world, "CP/a"), INODE_BUILD,
				     "f", &inode),
			 -CSM_COMPONENTS_ONLY);
	assert_int_equal(window_rename(world->level, WINDOW_BUILD, world->cp, "a", INODE_BUILD, "f",
				       0),
			 -CSM_COMPONENTS_ONLY);
	assert_int_equal(
		window_rename(world->level, WINDOW_BUILD, world->cp, "d", INODE_BUILD, "D", 0), 0);
}

static void locked__both_windows_refuse(void **state)
{
	struct new_inode file = { .mode = S_IFREG | 0644 };
	struct world *world = *state;
	struct window_entry entry;

	assert_int_equal(level_set_lock(world->level, true, 0), 0);
	for (enum window window = WINDOW_BUILD; window <= WINDOW_DELTA; window++)
		assert_int_equal(window_create(world->level, window, world->cp, "f", &file, &entry),
				 -CSM_LEVEL_LOCKED);
	assert_int_equal(window_unlink(world->level, WINDOW_DELTA, world->cp, "a"),
			 -CSM_LEVEL_LOCKED);
}

static void rename__between_build_and_apply_is_refused(void **state)
{
	struct world *world = *state;

	assert_int_equal(window_rename(world->level, WINDOW_BUILD, world->cp, "d", INODE_APPLY, "d",
				       0),
			 -CSM_CROSSES_LEVELS);
}

#define BEHAVIOUR(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BEHAVIOUR(delta__of_a_new_level_is_empty),
		BEHAVIOUR(delta__shows_a_file_changed_in_build),
		BEHAVIOUR(delta__shows_an_added_directory_whole),
		BEHAVIOUR(delta__shows_a_deletion_as_a_whiteout),
		BEHAVIOUR(delta__shows_a_deleted_directory_as_one_whiteout),
		BEHAVIOUR(delta__a_replaced_directory_is_opaque),
		BEHAVIOUR(delta__a_replaced_directory_that_kept_a_file_is_not_opaque),
		BEHAVIOUR(delta__a_renamed_directory_shows_at_both_places),
		BEHAVIOUR(delta__a_change_taken_back_does_not_show),
		BEHAVIOUR(delta__a_change_of_times_does_not_show),
		BEHAVIOUR(delta__a_file_made_and_removed_again_does_not_show),
		BEHAVIOUR(delta__still_shows_a_change_from_before_a_seal),
		BEHAVIOUR(delta__of_base_is_its_whole_content),
		BEHAVIOUR(create__in_delta_over_an_inherited_file_replaces_it),
		BEHAVIOUR(create__in_delta_shows_even_when_equal_to_the_base),
		BEHAVIOUR(create__of_what_delta_shows_is_refused),
		BEHAVIOUR(mknod__of_a_whiteout_deletes_in_build),
		BEHAVIOUR(unlink__of_a_whiteout_brings_the_file_back),
		BEHAVIOUR(unlink__of_a_directorys_whiteout_brings_all_of_it_back),
		BEHAVIOUR(unlink__of_a_changed_file_takes_the_change_back),
		BEHAVIOUR(unlink__of_an_added_file_removes_it),
		BEHAVIOUR(unlink__of_what_delta_does_not_show_is_refused),
		BEHAVIOUR(rmdir__of_a_shown_inherited_directory_takes_it_back),
		BEHAVIOUR(rmdir__of_an_opaque_directory_brings_the_bases_back),
		BEHAVIOUR(rmdir__of_a_directory_that_shows_something_is_refused),
		BEHAVIOUR(rmdir__of_a_component_without_changes_empties_delta),
		BEHAVIOUR(rename__in_delta_over_an_inherited_file),
		BEHAVIOUR(rename__in_delta_leaves_the_bases_file_behind),
		BEHAVIOUR(link__in_delta_over_an_inherited_file),
		BEHAVIOUR(set_opaque__deletes_what_was_inherited),
		BEHAVIOUR(top__holds_components_only),
		BEHAVIOUR(locked__both_windows_refuse),
		BEHAVIOUR(rename__between_build_and_apply_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
