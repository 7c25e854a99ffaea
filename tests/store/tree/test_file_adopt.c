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

#include "tests/support/content.h"
#include "tests/support/mortal.h"

#define FILES	   3
#define LENGTH_MAX (3 * BLOCK_SIZE + 50000u)

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
	struct mortal mortal;
	struct shared *shared;
	struct file *files[FILES]; /* of the child */
};

static int setup(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	mortal_init(&world->mortal);
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

	mortal_release(&world->mortal);
	munmap(world->shared, sizeof(*world->shared));
	free(world);
	return 0;
}

static uint64_t below(struct world *world, uint64_t limit)
{
	return content_random(&world->shared->random) % limit;
}

/* ---- a store, in a child ---- */

static void open_files(struct world *world)
{
	for (size_t i = 0; i < FILES; i++)
		MUST_BE(file_open(world->mortal.space, world->shared->models[i].number, &world->files[i]) ==
		      0);
}

static void open_world(struct world *world)
{
	mortal_open(&world->mortal);
	open_files(world);
}

/* A new store with FILES files, of which the last has no name any more. */
static void make_world(struct world *world)
{
	static const char *const names[FILES] = { "a", "b", "c" };
	struct new_inode new_inode = { .mode = S_IFREG | 0644 };
	struct inode inode;

	mortal_make(&world->mortal);
	for (size_t i = 0; i < FILES; i++) {
		MUST_BE(space_create(world->mortal.space, INODE_BUILD, names[i], &new_inode, 0, &inode) == 0);
		world->shared->models[i].number = inode.number;
	}
	open_files(world);
	MUST_BE(space_unlink(world->mortal.space, INODE_BUILD, names[FILES - 1]) == 0);
}

static void make_and_die(void *context)
{
	make_world(context);
	mortal_die();
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
	MUST_BE(file_write(world->files[file], offset, change->bytes, length, false) == 0);
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
	MUST_BE(space_setattr(world->mortal.space, world->shared->models[file].number, &change, &inode) == 0);
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
	MUST_BE(file_allocate(world->files[file], FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset,
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
	MUST_BE(file_copy(world->files[from], offset, world->files[file], to, length, &copied) == 0);
	MUST_BE(copied == length);
	end_change(world);
}

static void close_and_open(struct world *world, int file)
{
	file_close(world->files[file]);
	MUST_BE(file_open(world->mortal.space, world->shared->models[file].number, &world->files[file]) == 0);
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
		MUST_BE(file_flush(world->files[file]) == 0);
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
		mortal_seal(&world->mortal);
		break;
	default:
		write_somewhere(world, file);
	}
}

/* ---- what the next process finds ---- */

static size_t read_all(struct world *world, int file, uint8_t *bytes)
{
	size_t got;

	MUST_BE(file_read(world->files[file], 0, bytes, LENGTH_MAX, &got) == 0);
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

	MUST_BE(size >= least && size <= larger(change->size_before, change->size_after));
	MUST_BE(!is_cut || size == change->size_before || size == change->size_after);
	for (size_t i = 0; i < size; i++)
		if (bytes[i] != model->bytes[i])
			MUST_BE(i >= change->offset && i < change->offset + change->length &&
			      bytes[i] == change->bytes[i - change->offset]);
}

static void check_file(struct world *world, int file)
{
	struct change *change = &world->shared->change;
	struct model *model = &world->shared->models[file];
	_cleanup_free_ uint8_t *bytes = malloc(LENGTH_MAX);
	struct inode inode;
	size_t size;

	MUST_BE(bytes);
	size = read_all(world, file, bytes);
	MUST_BE(space_inode(world->mortal.space, model->number, &inode) == 0);
	MUST_BE(inode.size == size);
	if (change->file == file) {
		check_changing(world, change, bytes, size);
	} else {
		MUST_BE(size == model->size);
		MUST_BE(memcmp(bytes, model->bytes, LENGTH_MAX) == 0);
	}
	memcpy(model->bytes, bytes, LENGTH_MAX);
	model->size = size;
}

static void check_world(struct world *world)
{
	struct unstored_block block;

	MUST_BE(!files_unstored(world->mortal.space));
	for (uint32_t slot = 0; slot < UNSTORED_SLOTS; slot++)
		MUST_BE(!unstored_left(world->mortal.trees->unstored, slot, &block));
	for (int i = 0; i < FILES; i++)
		check_file(world, i);
	world->shared->change.file = -1;
}

static void check_and_die(void *context)
{
	struct world *world = context;
	struct verify_options options = { .read_chunks = true };
	uint64_t problems, repaired;

	open_world(world);
	check_world(world);
	MUST_BE(trees_verify(world->mortal.trees, &options, NULL, NULL, &problems, &repaired) == 0);
	MUST_BE(problems == 0);
	mortal_die();
}

/* ---- killed at any moment ---- */

static void *store_now_and_then(void *context)
{
	struct world *world = context;

	for (uint64_t turn = 0;; turn++) {
		MUST_BE(files_flush_all(world->mortal.space, 0) == 0);
		usleep((useconds_t)(content_random(&turn) % 4000));
	}
	return NULL;
}

static void work_until_killed(void *context)
{
	struct world *world = context;
	pthread_t thread;

	open_world(world);
	check_world(world);
	atomic_fetch_add(&world->shared->round, 1);
	MUST_BE(pthread_create(&thread, NULL, store_now_and_then, world) == 0);
	for (;;)
		change_something(world);
}

/* After some changes and a while, however slow the machine is; now and then while it is still taking over. */
static void kill_somewhere(struct world *world, pid_t pid)
{
	uint32_t round = world->shared->round;
	uint64_t enough = world->shared->changes + below(world, 8);
	bool early = below(world, 8) == 0;
	int status;

	while (!early && (world->shared->round == round || world->shared->changes < enough)) {
		/* who ended by itself found something wrong */
		assert_int_equal(waitpid(pid, &status, WNOHANG), 0);
		usleep(200);
	}
	usleep((useconds_t)below(world, 5000));
	kill(pid, SIGKILL);
	mortal_must_be_killed(pid);
}

static void acknowledged_writes__survive_kills_at_any_moment(void **state)
{
	struct world *world = *state;
	const char *soak = getenv("CSMFS_SOAK");
	long count = soak ? 3000 : 200;

	if (soak)
		world->shared->random = strtoull(soak, NULL, 10);
	mortal_must_die(make_and_die, world);
	for (long i = 0; i < count; i++)
		kill_somewhere(world, mortal_begin(work_until_killed, world));
	mortal_must_die(check_and_die, world);
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
