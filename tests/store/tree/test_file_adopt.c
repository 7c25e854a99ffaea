/*
 * What a killed process had acknowledged and not stored is there for the next one. Memory engines
 * end with their process, so all of this is on RocksDB; each process is a child of the test that
 * kills itself or is killed, and the next one looks at what it finds.
 *
 * The test's own process never opens a store: RocksDB's threads would not survive its forks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <linux/falloc.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/tree/file_internal.h"
#include "tests/support/content.h"
#include "tests/support/scratch.h"

#define SPACE_ID   18
#define FILES	   3
#define LENGTH_MAX (3 * BLOCK_SIZE + 50000u)

/* In a child: ends it with a code that the test takes for a failure. */
#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);    \
			_exit(99);                                                                 \
		}                                                                                  \
	} while (0)

/* A file as its readers must see it. */
struct model {
	uint64_t number;
	size_t size;
	uint8_t bytes[LENGTH_MAX]; /* zeros behind size */
};

/* What is being done, from before it begins until the model has it. */
struct change {
	_Atomic int file; /* -1: nothing */
	size_t offset, length;
	size_t size_before, size_after;
	uint8_t bytes[LENGTH_MAX]; /* from offset on */
};

/* In memory of all processes. */
struct shared {
	_Atomic uint32_t round; /* the last one whose process has taken over */
	uint64_t random, changes;
	struct model models[FILES];
	struct change change;
};

struct world {
	char *directory, *path;
	int memory;
	struct shared *shared;
	/* of the child */
	struct engine engine;
	struct chunks *chunks;
	struct trees *trees;
	struct space *space;
	struct file *files[FILES];
};

static int setup(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	world->directory = scratch_new();
	assert_non_null(world->directory);
	assert_true(asprintf(&world->path, "%s/db", world->directory) > 0);
	world->memory = memfd_create("unstored", MFD_CLOEXEC);
	assert_true(world->memory >= 0);
	world->shared = mmap(NULL, sizeof(*world->shared), PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(world->shared != MAP_FAILED);
	world->shared->random = 20261125;
	world->shared->change.file = -1;
	*state = world;
	return 0;
}

static int teardown(void **state)
{
	struct world *world = *state;

	scratch_remove(world->directory);
	munmap(world->shared, sizeof(*world->shared));
	close(world->memory);
	free(world->path);
	free(world);
	return 0;
}

static uint64_t below(struct world *world, uint64_t limit)
{
	return content_random(&world->shared->random) % limit;
}

/* ---- processes ---- */

/* Runs act in a child, which it must not return from, and returns wait(2)'s status. */
static pid_t begin_process(struct world *world, void (*act)(struct world *world))
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		act(world);
		_exit(98);
	}
	return pid;
}

static int end_of(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void must_die(struct world *world, void (*act)(struct world *world))
{
	int status = end_of(begin_process(world, act));

	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL);
}

static void die(void)
{
	kill(getpid(), SIGKILL);
	_exit(97);
}

/* ---- a store, in a child ---- */

/* The version the space is written in is a record of the store, as a level's is. */
static const char tip_key[] = "Ttip";

static int put_tip(void *context, struct kv_batch *batch, version_id tip)
{
	uint8_t bytes[4];

	(void)context;
	put_le32(bytes, tip);
	kv_batch_put(batch, slice_text(tip_key), slice_of(bytes, sizeof(bytes)));
	return 0;
}

static version_id read_tip(struct world *world)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;

	CHECK(kv_get(world->engine.kv, slice_text(tip_key), &value) == 0);
	CHECK(value.size == 4);
	return get_le32(value.data);
}

static void open_rooms(struct world *world, bool create, bool resumed)
{
	CHECK(engine_rocksdb_open(world->path, create, &world->engine, NULL) == 0);
	CHECK(chunks_new(world->engine.blobs, 4u << 20, &world->chunks) == 0);
	CHECK(trees_open_session(world->engine.kv, world->chunks, world->memory, resumed,
				 &world->trees) == 0);
}

static void open_files(struct world *world)
{
	for (size_t i = 0; i < FILES; i++)
		CHECK(file_open(world->space, world->shared->models[i].number, &world->files[i]) ==
		      0);
}

static void open_world(struct world *world)
{
	open_rooms(world, false, true);
	CHECK(space_open(world->trees, SPACE_ID, read_tip(world), &world->space) == 0);
	open_files(world);
}

/* A new store with FILES files, of which the last has no name any more. */
static void make_world(struct world *world)
{
	static const char *const names[FILES] = { "a", "b", "c" };
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;
	struct new_inode new_inode = { .mode = S_IFREG | 0644 };
	struct inode inode;
	version_id tip;

	open_rooms(world, true, false);
	CHECK(version_create(world->trees, &batch, VERSION_NONE, &tip) == 0);
	put_tip(NULL, &batch, tip);
	CHECK(kv_commit(world->engine.kv, &batch) == 0);
	CHECK(space_open(world->trees, SPACE_ID, tip, &world->space) == 0);
	for (size_t i = 0; i < FILES; i++) {
		CHECK(space_create(world->space, INODE_BUILD, names[i], &new_inode, 0, &inode) == 0);
		world->shared->models[i].number = inode.number;
	}
	open_files(world);
	CHECK(space_unlink(world->space, INODE_BUILD, names[FILES - 1]) == 0);
}

static void make_and_die(struct world *world)
{
	make_world(world);
	die();
}

/* ---- changes ---- */

static void begin_change(struct world *world, int file, size_t offset, size_t length, size_t size_after)
{
	struct change *change = &world->shared->change;

	change->offset = offset;
	change->length = length;
	change->size_before = world->shared->models[file].size;
	change->size_after = size_after;
	atomic_store(&change->file, file);
}

static void end_change(struct world *world)
{
	struct change *change = &world->shared->change;
	struct model *model = &world->shared->models[change->file];

	memcpy(model->bytes + change->offset, change->bytes, change->length);
	if (change->size_after < model->size)
		memset(model->bytes + change->size_after, 0, model->size - change->size_after);
	model->size = change->size_after;
	world->shared->changes++;
	atomic_store(&change->file, -1);
}

static size_t larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

static void write_at(struct world *world, int file, size_t offset, size_t length)
{
	struct change *change = &world->shared->change;

	content_fill(change->bytes, length, content_random(&world->shared->random));
	begin_change(world, file, offset, length,
		     larger(offset + length, world->shared->models[file].size));
	CHECK(file_write(world->files[file], offset, change->bytes, length, false) == 0);
	end_change(world);
}

static void write_somewhere(struct world *world, int file)
{
	size_t offset = below(world, LENGTH_MAX);
	size_t most = below(world, 2) ? LENGTH_MAX : 5000;
	size_t length = 1 + below(world, most);

	if (length > LENGTH_MAX - offset)
		length = LENGTH_MAX - offset;
	write_at(world, file, offset, length);
}

static void cut_to(struct world *world, int file, size_t size)
{
	struct attr_change change = { .set = SET_SIZE, .size = size };
	struct inode inode;

	begin_change(world, file, 0, 0, size);
	CHECK(space_setattr(world->space, world->shared->models[file].number, &change, &inode) == 0);
	end_change(world);
}

static void punch_somewhere(struct world *world, int file)
{
	struct model *model = &world->shared->models[file];
	size_t offset = below(world, LENGTH_MAX), length = 1 + below(world, 2 * BLOCK_SIZE);

	if (offset >= model->size)
		return;
	if (length > model->size - offset)
		length = model->size - offset;
	memset(world->shared->change.bytes, 0, length);
	begin_change(world, file, offset, length, model->size);
	CHECK(file_allocate(world->files[file], FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset,
			    length) == 0);
	end_change(world);
}

static void copy_somewhere(struct world *world, int file)
{
	int from = (file + 1) % FILES;
	struct model *source = &world->shared->models[from];
	size_t offset = below(world, 2) * BLOCK_SIZE, to = below(world, 3) * BLOCK_SIZE;
	size_t length = 1 + below(world, 2 * BLOCK_SIZE);
	uint64_t copied;

	if (offset >= source->size)
		return;
	if (length > source->size - offset)
		length = source->size - offset;
	if (length > LENGTH_MAX - to)
		length = LENGTH_MAX - to;
	memcpy(world->shared->change.bytes, source->bytes + offset, length);
	begin_change(world, file, to, length, larger(to + length, world->shared->models[file].size));
	CHECK(file_copy(world->files[from], offset, world->files[file], to, length, &copied) == 0);
	CHECK(copied == length);
	end_change(world);
}

static void close_and_open(struct world *world, int file)
{
	file_close(world->files[file]);
	CHECK(file_open(world->space, world->shared->models[file].number, &world->files[file]) == 0);
}

static void seal(struct world *world)
{
	version_id base;

	CHECK(space_seal(world->space, put_tip, NULL, &base) == 0);
}

static void change_something(struct world *world)
{
	int file = (int)below(world, FILES);

	switch (below(world, 16)) {
	case 0:
		cut_to(world, file, below(world, LENGTH_MAX));
		break;
	case 1:
		cut_to(world, file, 0);
		break;
	case 2:
		CHECK(file_flush(world->files[file]) == 0);
		break;
	case 3:
		punch_somewhere(world, file);
		break;
	case 4:
		copy_somewhere(world, file);
		break;
	case 5:
		close_and_open(world, file);
		break;
	case 6:
		seal(world);
		break;
	default:
		write_somewhere(world, file);
	}
}

/* ---- what the next process finds ---- */

static size_t read_all(struct world *world, int file, uint8_t *bytes)
{
	size_t got;

	CHECK(file_read(world->files[file], 0, bytes, LENGTH_MAX, &got) == 0);
	memset(bytes + got, 0, LENGTH_MAX - got);
	return got;
}

/* Of a change that nobody was told of each byte may be the old or the new one. */
static void check_changing(struct world *world, const struct change *change, const uint8_t *bytes,
			   size_t size)
{
	const struct model *model = &world->shared->models[change->file];
	bool is_cut = change->length == 0;
	size_t least = change->size_before < change->size_after ? change->size_before
								: change->size_after;

	CHECK(size >= least && size <= larger(change->size_before, change->size_after));
	CHECK(!is_cut || size == change->size_before || size == change->size_after);
	for (size_t i = 0; i < size; i++)
		if (bytes[i] != model->bytes[i])
			CHECK(i >= change->offset && i < change->offset + change->length &&
			      bytes[i] == change->bytes[i - change->offset]);
}

static void check_file(struct world *world, int file)
{
	struct change *change = &world->shared->change;
	struct model *model = &world->shared->models[file];
	_cleanup_free_ uint8_t *bytes = malloc(LENGTH_MAX);
	struct inode inode;
	size_t size;

	CHECK(bytes);
	size = read_all(world, file, bytes);
	CHECK(space_inode(world->space, model->number, &inode) == 0);
	CHECK(inode.size == size);
	if (change->file == file) {
		check_changing(world, change, bytes, size);
	} else {
		CHECK(size == model->size);
		CHECK(memcmp(bytes, model->bytes, LENGTH_MAX) == 0);
	}
	memcpy(model->bytes, bytes, LENGTH_MAX);
	model->size = size;
}

static void check_world(struct world *world)
{
	struct unstored_block block;

	CHECK(!files_unstored(world->space));
	for (uint32_t slot = 0; slot < UNSTORED_SLOTS; slot++)
		CHECK(!unstored_left(world->trees->unstored, slot, &block));
	for (int i = 0; i < FILES; i++)
		check_file(world, i);
	world->shared->change.file = -1;
}

static void check_and_die(struct world *world)
{
	struct verify_options options = { .read_chunks = true };
	uint64_t problems, repaired;

	open_world(world);
	check_world(world);
	CHECK(trees_verify(world->trees, &options, NULL, NULL, &problems, &repaired) == 0);
	CHECK(problems == 0);
	die();
}

/* ---- killed at any moment ---- */

static void *store_now_and_then(void *context)
{
	struct world *world = context;

	for (uint64_t turn = 0;; turn++) {
		CHECK(files_flush_all(world->space, 0) == 0);
		usleep((useconds_t)(content_random(&turn) % 4000));
	}
	return NULL;
}

static void work_until_killed(struct world *world)
{
	pthread_t thread;

	open_world(world);
	check_world(world);
	atomic_fetch_add(&world->shared->round, 1);
	CHECK(pthread_create(&thread, NULL, store_now_and_then, world) == 0);
	for (;;)
		change_something(world);
}

/* After a while; now and then while it is still taking over. */
static void kill_somewhere(struct world *world, pid_t pid)
{
	uint32_t round = world->shared->round;
	bool early = below(world, 8) == 0;
	int status;

	while (!early && world->shared->round == round) {
		/* who ended by itself found something wrong */
		assert_int_equal(waitpid(pid, &status, WNOHANG), 0);
		usleep(200);
	}
	usleep((useconds_t)below(world, 15000));
	kill(pid, SIGKILL);
	status = end_of(pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL);
}

static void acknowledged_writes__survive_kills_at_any_moment(void **state)
{
	struct world *world = *state;
	const char *rounds = getenv("KILLS");
	long count = rounds ? strtol(rounds, NULL, 10) : 200;

	must_die(world, make_and_die);
	for (long i = 0; i < count; i++)
		kill_somewhere(world, begin_process(world, work_until_killed));
	must_die(world, check_and_die);
	print_message("# %u processes worked, %lu changes\n", world->shared->round,
		      (unsigned long)world->shared->changes);
	assert_true(world->shared->changes > (unsigned long)count);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(acknowledged_writes__survive_kills_at_any_moment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
