/*
 * Set-up of the tests of packages. Unpacking is in package_unpack.c.
 */
#include "tests/support/package_fixture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/base/cleanup.h"
#include "store/base/error.h"

#define RELEASE "720"

/* ---- opening and closing ---- */

int package_fixture_open(struct package_fixture *fixture, const struct engine *engine)
{
	int err = chunks_new(engine->blobs, 1 << 20, &fixture->chunks);

	if (!err)
		err = trees_open(engine->kv, fixture->chunks, &fixture->trees);
	if (err)
		return err;
	err = filespace_create(fixture->trees, RELEASE);
	if (err && err != -CSM_RELEASE_EXISTS)
		return err;
	err = filespace_open(fixture->trees, RELEASE, &fixture->filespace);
	return err ? err : packages_clean(fixture->filespace);
}

void package_fixture_close(struct package_fixture *fixture)
{
	filespace_close(take_pointer(&fixture->filespace));
	if (fixture->trees)
		trees_close(take_pointer(&fixture->trees));
	if (fixture->chunks)
		chunks_free(take_pointer(&fixture->chunks));
}

int package_fixture_setup(void **state)
{
	struct package_fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	assert_int_equal(engine_memory_open(&fixture->engine), 0);
	assert_int_equal(package_fixture_open(fixture, &fixture->engine), 0);
	assert_int_equal(sign_key_generate(&fixture->key), 0);
	*state = fixture;
	return 0;
}

int package_fixture_teardown(void **state)
{
	struct package_fixture *fixture = *state;

	package_fixture_close(fixture);
	engine_close(&fixture->engine);
	sign_key_free(fixture->key);
	free(fixture);
	return 0;
}

/* ---- levels ---- */

struct level *fixture_level(struct package_fixture *fixture, const char *name)
{
	struct level *level = NULL;

	assert_int_equal(filespace_level(fixture->filespace, name, &level), 0);
	return level;
}

struct level *fixture_add_level(struct package_fixture *fixture, const char *name,
				const char *parent)
{
	struct level *level = NULL;

	assert_int_equal(level_add(fixture->filespace, name, 0, &level), 0);
	if (strcmp(parent, "BASE") != 0)
		assert_int_equal(level_set_basedon(level, parent, 0), 0);
	return level;
}

struct space *fixture_level_space(struct level *level)
{
	struct space *space = NULL;

	assert_int_equal(level_space(level, &space), 0);
	return space;
}

void fixture_lock(struct package_fixture *fixture, const char *name)
{
	_cleanup_(cleanup_level) struct level *level = fixture_level(fixture, name);

	assert_int_equal(level_set_lock(level, true, 0), 0);
}

/* ---- content ---- */

/* The directory that path ends in is made as well when there is no name behind it. */
static uint64_t make_directories(struct space *space, const char **path)
{
	uint64_t number = INODE_BUILD;
	const char *slash;

	while ((slash = strchr(*path, '/'))) {
		_cleanup_free_ char *name = strndup(*path, (size_t)(slash - *path));
		struct inode inode;

		number = space_lookup(space, number, name, &inode) == 0
				 ? inode.number
				 : fixture_mkdir(space, number, name);
		*path = slash + 1;
	}
	return number;
}

uint64_t fixture_put(struct space *space, const char *path, const char *text)
{
	uint64_t directory = make_directories(space, &path);
	struct attr_change empty = { .set = SET_SIZE };
	struct inode inode;

	if (space_lookup(space, directory, path, &inode))
		return fixture_file(space, directory, path, text);
	assert_int_equal(space_setattr(space, inode.number, &empty, &inode), 0);
	fixture_write(space, inode.number, 0, text, strlen(text));
	return inode.number;
}

uint64_t fixture_put_directory(struct space *space, const char *path)
{
	uint64_t directory = make_directories(space, &path);

	return fixture_mkdir(space, directory, path);
}

void fixture_remove(struct space *space, const char *path)
{
	struct inode inode = fixture_inode(space, fixture_path(space, path));
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	_cleanup_free_ char *parent = strndup(path, slash ? (size_t)(slash - path) : 0);
	uint64_t directory = fixture_path(space, parent);

	if (S_ISDIR(inode.mode))
		assert_int_equal(space_remove_all(space, directory, name), 0);
	else
		assert_int_equal(space_unlink(space, directory, name), 0);
}

void fixture_set_mtime(struct space *space, uint64_t number, time_t seconds, long nanoseconds)
{
	struct attr_change change = { .set = SET_MTIME, .mtime = { seconds, nanoseconds } };
	struct inode inode;

	assert_int_equal(space_setattr(space, number, &change, &inode), 0);
}

struct touch {
	struct space *space;
	struct view *view;
	time_t seconds;
};

static int touch_below(void *context, const char *name, uint64_t number, uint32_t type)
{
	struct touch *touch = context;

	(void)name;
	fixture_set_mtime(touch->space, number, touch->seconds, 0);
	return S_ISDIR(type) ? view_list(touch->view, number, touch_below, touch) : 0;
}

void fixture_set_all_mtimes(struct space *space, time_t seconds)
{
	_cleanup_(cleanup_view) struct view *view = NULL;
	struct touch touch = { space, NULL, seconds };

	assert_int_equal(space_flush(space, 0), 0);
	touch.view = view = space_view(space);
	assert_int_equal(view_list(view, INODE_BUILD, touch_below, &touch), 0);
}

/* ---- package files ---- */

int fixture_package_file(struct package_fixture *fixture, struct level *level, uint32_t against,
			 const char *name, struct buffer *ret_bytes)
{
	struct space *files = filespace_files(fixture->filespace);
	struct package_record record;
	struct inode inode;
	struct file *file;
	size_t got = 0;

	buffer_clear(ret_bytes);
	if (level_package(level, against, &record) ||
	    space_lookup(files, record.directory, name, &inode))
		return -ENOENT;
	assert_int_equal(buffer_reserve(ret_bytes, inode.size + 1), 0);
	assert_int_equal(file_open(files, inode.number, &file), 0);
	assert_int_equal(file_read(file, 0, ret_bytes->data, inode.size, &got), 0);
	assert_int_equal(got, inode.size);
	file_close(file);
	ret_bytes->size = got;
	return 0;
}

static int add_name(void *context, const char *name, uint64_t number, uint32_t type)
{
	(void)number;
	assert_true(S_ISREG(type));
	buffer_printf(context, "%s ", name);
	return 0;
}

void fixture_package_names(struct package_fixture *fixture, struct level *level, uint32_t against,
			   struct buffer *ret_names)
{
	_cleanup_(cleanup_view) struct view *view = space_view(filespace_files(fixture->filespace));
	struct package_record record;

	buffer_clear(ret_names);
	assert_int_equal(level_package(level, against, &record), 0);
	assert_int_equal(view_list(view, record.directory, add_name, ret_names), 0);
	buffer_u8(ret_names, '\0');
}

static int count_name(void *context, const char *name, uint64_t number, uint32_t type)
{
	(void)name;
	(void)number;
	(void)type;
	++*(size_t *)context;
	return 0;
}

size_t fixture_package_directories(struct package_fixture *fixture)
{
	struct space *files = filespace_files(fixture->filespace);
	_cleanup_(cleanup_view) struct view *view = space_view(files);
	struct inode packages;
	size_t count = 0;

	if (space_lookup(files, INODE_BUILD, "packages", &packages))
		return 0;
	assert_int_equal(view_list(view, packages.number, count_name, &count), 0);
	return count;
}
