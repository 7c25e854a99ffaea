/*
 * Each change of a file that has something unstored, by processes that die before and after each
 * commit of it. The next process finds the file as it was or as it was to be; after the last
 * commit, as it was to be.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <sys/mman.h>

#include "tests/support/content.h"
#include "tests/support/mortal.h"

#define STORED_SIZE (2 * BLOCK_SIZE + 1000)
#define LENGTH	    (4 * BLOCK_SIZE)
#define COMMITS_MAX 20

struct picture {
	bool is_there;
	size_t size;
	uint8_t bytes[LENGTH];
};

/* In memory of all processes. */
struct shared {
	uint64_t number, other; /* files: the one that is changed, and one with other bytes */
	unsigned commits;	/* of the whole change, when it was not interrupted */
	struct picture before, after, found;
};

struct stage;
struct operation {
	/* The change, and what the file is to be then; in the picture is what it was. */
	void (*change)(struct stage *stage);
	void (*expect)(struct stage *stage, struct picture *picture);
};

struct stage {
	struct mortal mortal;
	struct shared *shared;
	const struct operation *operation;
	unsigned die_at;
	bool die_after;
	struct file *file; /* of the child */
};

static int setup(void **state)
{
	struct stage *stage = calloc(1, sizeof(*stage));

	assert_non_null(stage);
	mortal_init(&stage->mortal);
	stage->shared = mmap(NULL, sizeof(*stage->shared), PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(stage->shared != MAP_FAILED);
	*state = stage;
	return 0;
}

static int teardown(void **state)
{
	struct stage *stage = *state;

	mortal_release(&stage->mortal);
	munmap(stage->shared, sizeof(*stage->shared));
	free(stage);
	return 0;
}

/* ---- in a child: a file with something stored and something not ---- */

static void take_picture(struct stage *stage, struct picture *ret_picture)
{
	memset(ret_picture, 0, sizeof(*ret_picture));
	ret_picture->is_there = true;
	MUST_BE(file_read(stage->file, 0, ret_picture->bytes, LENGTH, &ret_picture->size) == 0);
}

static uint64_t new_file(struct stage *stage, const char *name)
{
	struct new_inode new_inode = { .mode = S_IFREG | 0644 };
	struct inode inode;

	MUST_BE(space_create(stage->mortal.space, INODE_BUILD, name, &new_inode, 0, &inode) == 0);
	return inode.number;
}

static void write_random(struct stage *stage, uint64_t offset, size_t size, uint64_t seed)
{
	_cleanup_free_ uint8_t *bytes = malloc(size);

	MUST_BE(bytes);
	content_fill(bytes, size, seed);
	MUST_BE(file_write(stage->file, offset, bytes, size, false) == 0);
}

static void make_other(struct stage *stage)
{
	stage->shared->other = new_file(stage, "other");
	MUST_BE(file_open(stage->mortal.space, stage->shared->other, &stage->file) == 0);
	write_random(stage, 0, LENGTH, 3);
	file_close(stage->file);
}

static void make_file(struct stage *stage)
{
	make_other(stage);
	stage->shared->number = new_file(stage, "file");
	MUST_BE(file_open(stage->mortal.space, stage->shared->number, &stage->file) == 0);
	write_random(stage, 0, STORED_SIZE, 1);
	MUST_BE(file_flush(stage->file) == 0);
	/* in the first block, and behind the end: the tail becomes a longer chunk */
	write_random(stage, 500, 700, 2);
	write_random(stage, 3 * BLOCK_SIZE + 100, 5000, 4);
}

static void change_and_die(void *context)
{
	struct stage *stage = context;

	mortal_make(&stage->mortal);
	make_file(stage);
	take_picture(stage, &stage->shared->before);
	stage->shared->after = stage->shared->before;
	stage->operation->expect(stage, &stage->shared->after);
	mortal_die_at(&stage->mortal, stage->die_at, stage->die_after);
	stage->operation->change(stage);
	stage->shared->commits = mortal_commits();
	mortal_die();
}

static void check_store(struct stage *stage)
{
	struct verify_options options = { .read_chunks = true };
	struct unstored_block block;
	uint64_t problems, repaired;

	for (uint32_t slot = 0; slot < UNSTORED_SLOTS; slot++)
		MUST_BE(!unstored_left(stage->mortal.trees->unstored, slot, &block));
	MUST_BE(!files_unstored(stage->mortal.space));
	MUST_BE(trees_verify(stage->mortal.trees, &options, NULL, NULL, &problems, &repaired) == 0);
	MUST_BE(problems == 0);
}

static void look_and_die(void *context)
{
	struct stage *stage = context;
	int err;

	mortal_open(&stage->mortal);
	check_store(stage);
	memset(&stage->shared->found, 0, sizeof(stage->shared->found));
	err = file_open(stage->mortal.space, stage->shared->number, &stage->file);
	if (!err)
		take_picture(stage, &stage->shared->found);
	MUST_BE(!err || err == -CSM_STALE);
	mortal_die();
}

/* ---- the test ---- */

static bool same(const struct picture *a, const struct picture *b)
{
	return a->is_there == b->is_there && a->size == b->size &&
	       memcmp(a->bytes, b->bytes, LENGTH) == 0;
}

/* Each byte is the old or the new one, and so is the size. */
static bool is_between(const struct shared *shared)
{
	const struct picture *before = &shared->before, *after = &shared->after,
			     *found = &shared->found;

	if (!found->is_there)
		return !after->is_there;
	if (found->size != before->size && found->size != after->size)
		return false;
	for (size_t i = 0; i < LENGTH; i++)
		if (found->bytes[i] != before->bytes[i] && found->bytes[i] != after->bytes[i])
			return false;
	return true;
}

/* A store of its own for each death. */
static void run(struct stage *stage, unsigned die_at, bool die_after)
{
	mortal_release(&stage->mortal);
	mortal_init(&stage->mortal);
	stage->die_at = die_at;
	stage->die_after = die_after;
	mortal_must_die(change_and_die, stage);
	mortal_must_die(look_and_die, stage);
}

static void check_operation(struct stage *stage, const struct operation *operation)
{
	struct shared *shared = stage->shared;
	unsigned commits;

	stage->operation = operation;
	run(stage, 0, false);
	assert_true(same(&shared->found, &shared->after));
	commits = shared->commits;
	assert_in_range(commits, 1, COMMITS_MAX);
	for (unsigned n = 1; n <= commits; n++) {
		run(stage, n, false);
		assert_true(is_between(shared));
		run(stage, n, true);
		assert_true(is_between(shared));
		assert_true(n < commits || same(&shared->found, &shared->after));
	}
}

/* ---- the operations ---- */

static void nothing_changes(struct stage *stage, struct picture *picture)
{
	(void)stage;
	(void)picture;
}

static void flush(struct stage *stage)
{
	MUST_BE(file_flush(stage->file) == 0);
}

static void storing__is_there_or_done_again(void **state)
{
	static const struct operation operation = { flush, nothing_changes };

	check_operation(*state, &operation);
}

/* Nothing is ever synced here, and the memory of written bytes is lost with the process. */
static void stored__needs_neither_sync_nor_memory_to_survive_a_kill(void **state)
{
	static const struct operation operation = { flush, nothing_changes };
	struct stage *stage = *state;

	stage->operation = &operation;
	mortal_must_die(change_and_die, stage);
	assert_int_equal(ftruncate(stage->mortal.memory, 0), 0);
	mortal_must_die(look_and_die, stage);
	assert_true(same(&stage->shared->found, &stage->shared->after));
}

static void seal(struct stage *stage)
{
	mortal_seal(&stage->mortal);
}

static void seal__keeps_what_was_written(void **state)
{
	static const struct operation operation = { seal, nothing_changes };

	check_operation(*state, &operation);
}

static void unlink_file(struct stage *stage)
{
	MUST_BE(space_unlink(stage->mortal.space, INODE_BUILD, "file") == 0);
}

/* The kernel has it open, and finds it again by its number. */
static void unlink__keeps_the_file_for_who_has_it_open(void **state)
{
	static const struct operation operation = { unlink_file, nothing_changes };

	check_operation(*state, &operation);
}

/* Nobody but this process has files open. */
static void unlink_and_close(struct stage *stage)
{
	trees_ask(stage->mortal.trees, NULL, NULL);
	unlink_file(stage);
	file_close(stage->file);
}

static void nothing_is_left(struct stage *stage, struct picture *picture)
{
	(void)stage;
	memset(picture, 0, sizeof(*picture));
}

static void last_close__removes_the_file_with_what_was_unstored(void **state)
{
	static const struct operation operation = { unlink_and_close, nothing_is_left };

	check_operation(*state, &operation);
}

static void set_size(struct stage *stage, size_t size)
{
	struct attr_change change = { .set = SET_SIZE, .size = size };
	struct inode inode;

	MUST_BE(space_setattr(stage->mortal.space, stage->shared->number, &change, &inode) == 0);
}

static void expect_size(struct picture *picture, size_t size)
{
	if (size < picture->size)
		memset(picture->bytes + size, 0, LENGTH - size);
	picture->size = size;
}

static void cut_to_nothing(struct stage *stage)
{
	set_size(stage, 0);
}

static void expect_nothing(struct stage *stage, struct picture *picture)
{
	(void)stage;
	expect_size(picture, 0);
}

static void truncate__to_nothing_lets_nothing_come_back(void **state)
{
	static const struct operation operation = { cut_to_nothing, expect_nothing };

	check_operation(*state, &operation);
}

static int refuse_blob(struct blobs *blobs, const uint8_t digest[32], struct slice bytes)
{
	(void)blobs;
	(void)digest;
	(void)bytes;
	return -ENOSPC;
}

/* Nothing can be stored first on a disk that is full. */
static void cut_on_a_full_disk(struct stage *stage)
{
	struct blobs *blobs = stage->mortal.engine.blobs;
	static struct blobs_ops ops;

	ops = *blobs->ops;
	ops.put = refuse_blob;
	blobs->ops = &ops;
	set_size(stage, 0);
}

static void truncate__to_nothing_on_a_full_disk_lets_nothing_come_back(void **state)
{
	static const struct operation operation = { cut_on_a_full_disk, expect_nothing };
	struct stage *stage = *state;

	stage->operation = &operation;
	run(stage, 0, false);
	run(stage, stage->shared->commits, true);
	assert_true(same(&stage->shared->found, &stage->shared->after));
}

static void cut(struct stage *stage)
{
	set_size(stage, BLOCK_SIZE + 100);
}

static void expect_cut(struct stage *stage, struct picture *picture)
{
	(void)stage;
	expect_size(picture, BLOCK_SIZE + 100);
}

static void truncate__cuts_what_was_unstored(void **state)
{
	static const struct operation operation = { cut, expect_cut };

	check_operation(*state, &operation);
}

static void grow(struct stage *stage)
{
	set_size(stage, LENGTH);
}

static void expect_grown(struct stage *stage, struct picture *picture)
{
	(void)stage;
	expect_size(picture, LENGTH);
}

static void truncate__extends_what_was_unstored(void **state)
{
	static const struct operation operation = { grow, expect_grown };

	check_operation(*state, &operation);
}

static void punch(struct stage *stage)
{
	MUST_BE(file_allocate(stage->file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 800,
			      2 * BLOCK_SIZE) == 0);
}

static void expect_punched(struct stage *stage, struct picture *picture)
{
	(void)stage;
	memset(picture->bytes + 800, 0, 2 * BLOCK_SIZE);
}

static void punch__zeroes_old_and_new_bytes(void **state)
{
	static const struct operation operation = { punch, expect_punched };

	check_operation(*state, &operation);
}

static void copy(struct stage *stage)
{
	struct file *other;
	uint64_t copied;

	MUST_BE(file_open(stage->mortal.space, stage->shared->other, &other) == 0);
	MUST_BE(file_copy(other, BLOCK_SIZE, stage->file, 0, 2 * BLOCK_SIZE, &copied) == 0);
	MUST_BE(copied == 2 * BLOCK_SIZE);
}

static void expect_copied(struct stage *stage, struct picture *picture)
{
	_cleanup_free_ uint8_t *other = malloc(LENGTH);

	(void)stage;
	MUST_BE(other);
	content_fill(other, LENGTH, 3);
	memcpy(picture->bytes, other + BLOCK_SIZE, 2 * BLOCK_SIZE);
}

static void copy__goes_over_what_was_unstored(void **state)
{
	static const struct operation operation = { copy, expect_copied };

	check_operation(*state, &operation);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(storing__is_there_or_done_again),
		TEST(stored__needs_neither_sync_nor_memory_to_survive_a_kill),
		TEST(seal__keeps_what_was_written),
		TEST(unlink__keeps_the_file_for_who_has_it_open),
		TEST(last_close__removes_the_file_with_what_was_unstored),
		TEST(truncate__to_nothing_lets_nothing_come_back),
		TEST(truncate__to_nothing_on_a_full_disk_lets_nothing_come_back),
		TEST(truncate__cuts_what_was_unstored),
		TEST(truncate__extends_what_was_unstored),
		TEST(punch__zeroes_old_and_new_bytes),
		TEST(copy__goes_over_what_was_unstored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
