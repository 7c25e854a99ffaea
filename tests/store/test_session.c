/*
 * A store that is opened by one process after the other, each going on where the one before was
 * killed: what was written is stored before anybody asks for its level.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "store/base/cleanup.h"
#include "store/base/log.h"
#include "store/store.h"
#include "store/tree/tree_internal.h"
#include "tests/support/mortal.h"

struct fixture {
	struct mortal mortal; /* its processes, directory and memory */
	struct store_session session;
	struct store *store;
	struct filespace *filespace;
	bool has_kernel; /* a mount: files are open that no struct file stands for */
	struct {
		uint64_t number, unlinked;
		uint64_t in_use; /* the one inode that the kernel has open; 0: none */
	} * shared;
};

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	mortal_init(&fixture->mortal);
	fixture->session.unstored_fd = fixture->mortal.memory;
	fixture->session.lock_fd = -1;
	fixture->shared = mmap(NULL, sizeof(*fixture->shared), PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(fixture->shared != MAP_FAILED);
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	mortal_release(&fixture->mortal);
	munmap(fixture->shared, sizeof(*fixture->shared));
	free(fixture);
	return 0;
}

/* ---- in a child ---- */

static int kernel_has(void *context, uint32_t space_id, const uint64_t *numbers, size_t count,
		      bool *ret_in_use)
{
	const struct fixture *fixture = context;

	(void)space_id;
	for (size_t i = 0; i < count; i++)
		ret_in_use[i] = numbers[i] == fixture->shared->in_use;
	return 0;
}

static void open_session(struct fixture *fixture)
{
	_cleanup_free_ char *message = NULL;

	MUST_BE(store_open_session(fixture->mortal.path, 8 << 20, &fixture->session,
				   &fixture->store, &message) == 0);
	if (fixture->has_kernel)
		trees_ask(fixture->store->trees, kernel_has, fixture);
	MUST_BE(filespace_open(fixture->store->trees, "720", &fixture->filespace) == 0);
}

static struct space *space_of(struct fixture *fixture, const char *name)
{
	struct level *level;
	struct space *space;

	MUST_BE(filespace_level(fixture->filespace, name, &level) == 0);
	MUST_BE(level_space(level, &space) == 0);
	return space;
}

static struct file *new_file(struct space *space, const char *name, uint64_t *ret_number)
{
	struct new_inode new_inode = { .mode = S_IFREG | 0644 };
	struct inode inode;
	struct file *file;

	MUST_BE(space_create(space, INODE_BUILD, name, &new_inode, 0, &inode) == 0);
	MUST_BE(file_open(space, inode.number, &file) == 0);
	*ret_number = inode.number;
	return file;
}

static void must_hold(struct space *space, uint64_t number, const char *text)
{
	_cleanup_(cleanup_view) struct view *view = space_view(space);
	char bytes[64] = { 0 };
	struct inode inode;
	size_t got;

	MUST_BE(view_inode(view, number, &inode) == 0);
	MUST_BE(view_read(view, &inode, 0, bytes, sizeof(bytes) - 1, &got) == 0);
	MUST_BE(strcmp(bytes, text) == 0);
}

static void must_hold_nothing(struct fixture *fixture)
{
	struct unstored_block block;

	for (uint32_t slot = 0; slot < UNSTORED_SLOTS; slot++)
		MUST_BE(!unstored_left(fixture->store->trees->unstored, slot, &block));
}

static void write_and_die(void *context)
{
	struct fixture *fixture = context;
	struct space *space;
	struct level *level;
	struct file *file;

	MUST_BE(store_create(fixture->mortal.path, "720") == 0);
	open_session(fixture);
	MUST_BE(level_add(fixture->filespace, "L", 0, &level) == 0);
	space = space_of(fixture, "L");
	file = new_file(space, "file", &fixture->shared->number);
	MUST_BE(file_write(file, 0, "acknowledged", 12, false) == 0);
	file = new_file(space, "unlinked", &fixture->shared->unlinked);
	MUST_BE(file_write(file, 0, "of an open file", 15, false) == 0);
	MUST_BE(space_unlink(space, INODE_BUILD, "unlinked") == 0);
	mortal_die();
}

/* ---- tests ---- */

static void take_over_and_die(void *context)
{
	struct fixture *fixture = context;
	struct trees_stats stats;

	fixture->has_kernel = true;
	open_session(fixture);
	/* before the level is asked for */
	must_hold_nothing(fixture);
	trees_stats(fixture->store->trees, &stats);
	MUST_BE(stats.dirty_bytes == 0);
	MUST_BE(stats.open_files == 0);
	must_hold(space_of(fixture, "L"), fixture->shared->number, "acknowledged");
	must_hold(space_of(fixture, "L"), fixture->shared->unlinked, "of an open file");
	mortal_die();
}

static void session__stores_what_a_killed_process_was_told_to_write(void **state)
{
	struct fixture *fixture = *state;

	mortal_must_die(write_and_die, fixture);
	mortal_must_die(take_over_and_die, fixture);
	mortal_must_die(take_over_and_die, fixture);
}

static void keep_orphan_and_die(void *context)
{
	struct fixture *fixture = context;
	uint64_t number = fixture->shared->unlinked;
	struct space *space;
	struct file *file;

	fixture->has_kernel = true;
	open_session(fixture);
	space = space_of(fixture, "L");
	fixture->shared->in_use = number;
	MUST_BE(file_open(space, number, &file) == 0);
	MUST_BE(file_write(file, 0, "OF", 2, false) == 0);
	file_close(file);
	MUST_BE(space_unlink(space, INODE_BUILD, "file") == 0);
	MUST_BE(filespace_purge(fixture->filespace) == 0);
	must_hold(space, number, "OF an open file");
	/* nobody has the other one */
	MUST_BE(file_open(space, fixture->shared->number, &file) == -CSM_STALE);
	mortal_die();
}

static void close_orphan_and_die(void *context)
{
	struct fixture *fixture = context;
	struct space *space;
	struct file *file;

	fixture->has_kernel = true;
	open_session(fixture);
	space = space_of(fixture, "L");
	MUST_BE(filespace_purge(fixture->filespace) == 0);
	must_hold(space, fixture->shared->unlinked, "OF an open file");
	fixture->shared->in_use = 0;
	MUST_BE(filespace_purge(fixture->filespace) == 0);
	MUST_BE(file_open(space, fixture->shared->unlinked, &file) == -CSM_STALE);
	mortal_die();
}

static void orphan__lives_over_processes_while_the_kernel_has_it(void **state)
{
	struct fixture *fixture = *state;

	mortal_must_die(write_and_die, fixture);
	mortal_must_die(keep_orphan_and_die, fixture);
	mortal_must_die(close_orphan_and_die, fixture);
}

static void open_without_kernel_and_die(void *context)
{
	struct fixture *fixture = context;
	struct file *file;

	open_session(fixture);
	MUST_BE(file_open(space_of(fixture, "L"), fixture->shared->unlinked, &file) == -CSM_STALE);
	mortal_die();
}

static void orphan__goes_with_the_opening_where_there_is_no_kernel(void **state)
{
	struct fixture *fixture = *state;

	mortal_must_die(write_and_die, fixture);
	mortal_must_die(open_without_kernel_and_die, fixture);
}

static size_t lines;

static void count_line(void *context, enum log_level level, const char *text)
{
	(void)context;
	lines += level == LOG_LEVEL_ERROR && strstr(text, "level 4711, inode 20");
}

static void hold_for_nobody_and_die(void *context)
{
	static const struct unstored_block block = {
		.space = 4711, .size = 5, .number = 20, .file_size = 5
	};
	struct fixture *fixture = context;
	struct unstored *unstored;
	uint32_t slot;

	MUST_BE(unstored_open(fixture->mortal.memory, &unstored) == 0);
	MUST_BE(unstored_take(unstored, &slot) == 0);
	unstored_hold(unstored, slot, &block);
	mortal_die();
}

static void drop_and_die(void *context)
{
	struct fixture *fixture = context;

	log_inject(count_line, NULL);
	open_session(fixture);
	MUST_BE(lines == 1);
	must_hold_nothing(fixture);
	mortal_die();
}

static void session__says_what_it_drops_of_a_level_that_is_gone(void **state)
{
	struct fixture *fixture = *state;

	mortal_must_die(write_and_die, fixture);
	mortal_must_die(hold_for_nobody_and_die, fixture);
	mortal_must_die(drop_and_die, fixture);
}

static void meet_a_newer_layout_and_die(void *context)
{
	struct fixture *fixture = context;
	uint8_t layout = UNSTORED_LAYOUT + 1;
	char *message = NULL;

	MUST_BE(pwrite(fixture->mortal.memory, &layout, 1, 8) == 1);
	MUST_BE(store_open_session(fixture->mortal.path, 8 << 20, &fixture->session,
				   &fixture->store, &message) == -CSM_UNSTORED_NEWER);
	MUST_BE(message && strstr(message, "another version of csmfs"));
	layout = UNSTORED_LAYOUT;
	MUST_BE(pwrite(fixture->mortal.memory, &layout, 1, 8) == 1);
	mortal_die();
}

static void session__of_another_version_is_refused_and_not_lost(void **state)
{
	struct fixture *fixture = *state;

	mortal_must_die(write_and_die, fixture);
	mortal_must_die(meet_a_newer_layout_and_die, fixture);
	mortal_must_die(take_over_and_die, fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(session__stores_what_a_killed_process_was_told_to_write),
		TEST(orphan__lives_over_processes_while_the_kernel_has_it),
		TEST(orphan__goes_with_the_opening_where_there_is_no_kernel),
		TEST(session__says_what_it_drops_of_a_level_that_is_gone),
		TEST(session__of_another_version_is_refused_and_not_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
