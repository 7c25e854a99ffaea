/*
 * Set-up shared by the tests of the tree room.
 */
#include "tests/support/tree_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/base/cleanup.h"

int tree_fixture_setup(void **state)
{
	struct tree_fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	assert_int_equal(engine_memory_open(&fixture->engine), 0);
	assert_int_equal(chunks_new(fixture->engine.blobs, 1 << 20, &fixture->chunks), 0);
	assert_int_equal(trees_open(fixture->engine.kv, fixture->chunks, &fixture->trees), 0);
	fixture->space = fixture_space(fixture, 16, VERSION_NONE);
	*state = fixture;
	return 0;
}

int tree_fixture_teardown(void **state)
{
	struct tree_fixture *fixture = *state;

	space_close(fixture->space);
	trees_close(fixture->trees);
	chunks_free(fixture->chunks);
	engine_close(&fixture->engine);
	free(fixture);
	return 0;
}

struct space *fixture_space(struct tree_fixture *fixture, uint32_t id, version_id parent)
{
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;
	struct space *space;
	version_id tip;

	assert_int_equal(version_create(fixture->trees, &batch, parent, &tip), 0);
	assert_int_equal(kv_commit(fixture->engine.kv, &batch), 0);
	assert_int_equal(space_open(fixture->trees, id, tip, &space), 0);
	return space;
}

struct space *fixture_child(struct tree_fixture *fixture, uint32_t id, struct space *parent)
{
	version_id base;

	assert_int_equal(space_seal(parent, NULL, NULL, &base), 0);
	return fixture_space(fixture, id, base);
}

static uint64_t make(struct space *space, uint64_t dir, const char *name, uint32_t mode)
{
	struct new_inode new_inode = { .mode = mode };
	struct inode inode;

	assert_int_equal(space_create(space, dir, name, &new_inode, 0, &inode), 0);
	return inode.number;
}

uint64_t fixture_mkdir(struct space *space, uint64_t dir, const char *name)
{
	return make(space, dir, name, S_IFDIR | 0755);
}

uint64_t fixture_file(struct space *space, uint64_t dir, const char *name, const char *text)
{
	uint64_t number = make(space, dir, name, S_IFREG | 0644);

	if (text[0])
		fixture_write(space, number, 0, text, strlen(text));
	return number;
}

void fixture_write(struct space *space, uint64_t number, uint64_t offset, const void *data,
		   size_t size)
{
	struct file *file;

	assert_int_equal(file_open(space, number, &file), 0);
	assert_int_equal(file_write(file, offset, data, size, false), 0);
	assert_int_equal(file_flush(file), 0);
	file_close(file);
}

char *fixture_read(struct space *space, uint64_t number)
{
	struct inode inode = fixture_inode(space, number);
	char *bytes = calloc(1, inode.size + 1);
	struct file *file;
	size_t got;

	assert_non_null(bytes);
	assert_int_equal(file_open(space, number, &file), 0);
	assert_int_equal(file_read(file, 0, bytes, inode.size, &got), 0);
	assert_int_equal(got, inode.size);
	file_close(file);
	return bytes;
}

struct inode fixture_inode(struct space *space, uint64_t number)
{
	struct inode inode;

	assert_int_equal(space_inode(space, number, &inode), 0);
	return inode;
}

uint64_t fixture_path(struct space *space, const char *path)
{
	uint64_t number = INODE_BUILD;

	while (path[0]) {
		size_t size = strcspn(path, "/");
		char name[NAME_LENGTH_MAX + 1] = { 0 };
		struct inode inode;

		assert_true(size <= NAME_LENGTH_MAX);
		memcpy(name, path, size);
		if (space_lookup(space, number, name, &inode))
			return 0;
		number = inode.number;
		path += size + (path[size] == '/');
	}
	return number;
}

struct digest fixture_digest(struct space *space)
{
	struct digest digest;

	assert_int_equal(space_digest(space, INODE_BUILD, &digest), 0);
	return digest;
}

static void print_problem(void *context, const struct tree_problem *problem)
{
	(void)context;
	print_message("version %u, number %llu: %s (%d)\n", problem->version,
		      (unsigned long long)problem->number, problem->what, problem->code);
}

void fixture_verify(struct tree_fixture *fixture)
{
	struct verify_options options = { .read_chunks = true };
	uint64_t problems, repaired;

	assert_int_equal(trees_verify(fixture->trees, &options, print_problem, NULL, &problems,
				      &repaired),
			 0);
	assert_int_equal(problems, 0);
}
