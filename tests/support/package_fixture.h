/*
 * A release on an engine, with a key, and what tests of packages do with it: fill levels,
 * read package files, and unpack a SERVLINK into another level as a receiver would.
 * Every call fails the test itself when it fails.
 */
#ifndef TESTS_SUPPORT_PACKAGE_FIXTURE_H
#define TESTS_SUPPORT_PACKAGE_FIXTURE_H

#include "store/package/manifest.h"
#include "store/package/package.h"
#include "tests/support/tree_fixture.h"

struct package_fixture {
	struct engine engine; /* owned when made by package_fixture_setup() */
	struct chunks *chunks;
	struct trees *trees;
	struct filespace *filespace;
	struct sign_key *key;
};

/*
 * cmocka set-up and tear-down on the memory engine; *state is the struct
 * package_fixture. BASE is empty and unlocked.
 */
int package_fixture_setup(void **state);
int package_fixture_teardown(void **state);

/*
 * The rooms on somebody's engine, as after a start: the release is made when it is not
 * there. 0 or a failure.
 */
int package_fixture_open(struct package_fixture *fixture, const struct engine *engine);
/* Closes the rooms, not the engine. */
void package_fixture_close(struct package_fixture *fixture);

/* A reference to the level, for the caller to put back. */
struct level *fixture_level(struct package_fixture *fixture, const char *name);
/* A new level based on parent. */
struct level *fixture_add_level(struct package_fixture *fixture, const char *name,
				const char *parent);
struct space *fixture_level_space(struct level *level);
void fixture_lock(struct package_fixture *fixture, const char *name);

/*
 * Makes the directories and the file of a path like "CP/dir/file" below INODE_BUILD, or
 * writes it anew.
 */
uint64_t fixture_put(struct space *space, const char *path, const char *text);
/* The same for an empty directory. */
uint64_t fixture_put_directory(struct space *space, const char *path);
/* Removes what is at the path, with everything below it. */
void fixture_remove(struct space *space, const char *path);
void fixture_set_mtime(struct space *space, uint64_t number, time_t seconds, long nanoseconds);
/*
 * Sets mtime of everything below INODE_BUILD to one moment: levels filled in another
 * order are equal then.
 */
void fixture_set_all_mtimes(struct space *space, time_t seconds);

/* A file of the level's package; ret_bytes is emptied first. 0 or -ENOENT. */
int fixture_package_file(struct package_fixture *fixture, struct level *level, uint32_t against,
			 const char *name, struct buffer *ret_bytes);
/* The names in the level's package, each followed by a space. */
void fixture_package_names(struct package_fixture *fixture, struct level *level, uint32_t against,
			   struct buffer *ret_names);
/* How many directories of packages there are, recorded or not. */
size_t fixture_package_directories(struct package_fixture *fixture);

/*
 * What libarchive finds in a SERVLINK, one line a member: kind, mode, uid:gid, path, "
 * -> " target.
 */
void fixture_list_servlink(struct slice servlink, struct buffer *ret_lines);
/* Unpacks a SERVLINK over what is in the space, with its whiteouts applied. */
void fixture_unpack(struct space *space, struct slice servlink);
/* Both have the same names, attributes, times and content below root. */
void fixture_assert_equal(struct view *a, struct view *b, uint64_t root);

#endif
